"""One training step of the same network (784-100-10, T steps) in each peer.

Every module has ``make(steps, batch, sizes) -> step`` where ``step(spikes, labels)`` trains on one
batch: ``spikes (T, B, I)`` float32 zeros and ones, ``labels (B,)`` int64. It raises ImportError
where the peer is not installed.
"""
