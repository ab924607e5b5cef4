"""The float32 twin: the paper's full-precision baseline. Plain numpy, no integer kernels."""
