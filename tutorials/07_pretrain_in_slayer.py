"""Pre-train the network of tutorial 07 in SLAYER and export it to netx (extra `dl`; a minute).

    python tutorials/07_pretrain_in_slayer.py tutorials/07_slayer_digits.net

Small digits as spikes of lava_intsnn's rate code, 64-64-10 CUBA neurons, Adam, 20 steps a sample.
"""

import sys
import warnings

import h5py
import numpy as np
import torch

import lava_intsnn as ls
from lava_intsnn.network import RateEncoder
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode

warnings.simplefilter("ignore")
import lava.lib.dl.slayer as slayer  # noqa: E402

STEPS, EPOCHS, BATCH = 20, 12, 50
#: A threshold of several weights, so that one unit of an 8-bit weight is a small step.
THRESHOLD = 6.0
NEURON = {
    "threshold": THRESHOLD,
    "tau_grad": THRESHOLD,
    "current_decay": 0.5,
    "voltage_decay": 0.25,
}


def spikes(images: np.ndarray) -> torch.Tensor:
    """Return spikes (N, I, T), the same that the imported network sees."""
    keys = eval_keys(0, len(images))
    found = [encode(RateEncoder(), x, key=k, steps=STEPS).T for x, k in zip(images, keys)]
    return torch.tensor(np.stack(found), dtype=torch.float32)


def main(path: str) -> None:
    """Train, say how many test digits are right, and export."""
    torch.manual_seed(0)
    train, test = ls.data.digits("train"), ls.data.digits("test")
    blocks = torch.nn.ModuleList(
        [
            slayer.block.cuba.Dense(NEURON, n_in, n_out, weight_scale=THRESHOLD)
            for n_in, n_out in ((64, 64), (64, 10))
        ]
    )

    def run(x: torch.Tensor) -> torch.Tensor:
        for block in blocks:
            x = block(x)
        return x

    x, labels = spikes(train.images), torch.tensor(train.labels.astype(np.int64))
    loss = slayer.loss.SpikeRate(true_rate=0.5, false_rate=0.05, reduction="sum")
    optimizer = torch.optim.Adam(blocks.parameters(), lr=0.005 * THRESHOLD)
    for epoch in range(EPOCHS):
        for part in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss(run(x[part]), labels[part]).backward()
            optimizer.step()
        with torch.no_grad():
            right = run(spikes(test.images)).sum(-1).argmax(1).numpy() == test.labels
        print(f"epoch {epoch + 1}: {100 * right.mean():.1f} % of the test digits", flush=True)
    with h5py.File(path, "w") as file:
        file["simulation/tSample"] = STEPS
        for number, block in enumerate(blocks):
            block.export_hdf5(file.create_group(f"layer/{number}"))


if __name__ == "__main__":
    main(sys.argv[1])
