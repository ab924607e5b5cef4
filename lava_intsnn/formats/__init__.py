"""File formats of networks: checkpoints, programs, netx, NIR, learning rules."""
