"""torch as the commands need it: installed, with its threads set and its device at hand."""

from __future__ import annotations


def require_torch(*, device: str = "cpu", threads: int | None = None) -> None:
    """Raise ValueError unless torch can be used on the device; set its threads if given."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ValueError(
            "training needs torch: pip install 'lava-intsnn[convert]'; all else of `convert` works "
            "without"
        ) from None
    if threads:
        torch.set_num_threads(threads)
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"--device {device}: torch cannot use it: {reason}") from None
    # all batches have one size: let cuDNN find its fastest convolutions once
    torch.backends.cudnn.benchmark = True
