"""Networks that were trained before: checkpoints in the package, and how they came to be."""
