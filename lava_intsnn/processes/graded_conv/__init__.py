"""`GradedConv` and its ProcessModel."""
