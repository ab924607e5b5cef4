"""`LearningSource` and its ProcessModel."""
