"""`LearningNeuron` and its ProcessModel."""
