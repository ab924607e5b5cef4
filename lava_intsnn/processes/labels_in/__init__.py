"""`LabelsIn` and its ProcessModel."""
