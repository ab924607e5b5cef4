"""What the Processes around Lava's LearningDense compute, and when."""
