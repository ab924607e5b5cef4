"""The computations of the Processes around Lava's LearningDense."""
