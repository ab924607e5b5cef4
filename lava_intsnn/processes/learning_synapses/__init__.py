"""`LearningSynapses` and its ProcessModel."""
