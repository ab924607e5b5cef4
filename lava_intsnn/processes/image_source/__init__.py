"""`ImageSource` and its ProcessModel."""
