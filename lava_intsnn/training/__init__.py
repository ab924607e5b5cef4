"""Training runs: epochs, batches, augmentation, and the executors they run on."""
