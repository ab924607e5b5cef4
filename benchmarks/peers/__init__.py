"""One training step of the same network in each peer, and float networks for spoken digits.

Every ``*_bptt`` module has ``make(network) -> step`` where ``step(spikes, labels)`` trains on one
batch: ``spikes (T, B, I)`` float32 zeros and ones, ``labels (B,)`` int64. ``network`` describes the
layers (dense, or convolutions followed by dense ones); the peer draws weights of its own.
``frames`` trains on graded frames instead. All raise ImportError where the peer is not installed.
"""
