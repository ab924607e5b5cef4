"""A hardware path to fill: skeletons of NcProcessModels, and a parity test to run on a board.

No chip was available and INRC's library is closed. What is generated here has the shape of classes
in Lava's public history. One function of it, which writes a neuron core, only that library can
fill.
"""
