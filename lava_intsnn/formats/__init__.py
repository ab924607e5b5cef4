"""Foreign and own file formats of networks: checkpoints, programs, netx, NIR, learning rules."""
