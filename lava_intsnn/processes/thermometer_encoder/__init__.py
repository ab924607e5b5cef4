"""`ThermometerEncoder` and its ProcessModel."""
