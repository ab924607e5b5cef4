"""What ProcessModels are made of, one package per backend; nothing here imports Lava.

A ProcessModel only binds Lava's ports and Vars to one of these cores.
"""
