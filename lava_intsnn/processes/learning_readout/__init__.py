"""`LearningReadout` and its ProcessModel."""
