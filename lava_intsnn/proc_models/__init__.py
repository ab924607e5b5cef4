"""The cores of the ProcessModels, one package per backend, without Lava.

A ProcessModel only binds Lava's ports and Vars to one of these cores.
"""
