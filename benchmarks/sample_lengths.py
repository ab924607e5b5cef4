"""Training speed over the length of a sample, one thread: no step in it where a word is full.

Networks and synthetic samples are those of ``paired_engines.py``. The last column is the time of a
sample and step, which falls with the length and then stays.

    python benchmarks/sample_lengths.py
    python benchmarks/sample_lengths.py --only long-binary long-delays-62 --steps 16 32 33 100
"""

from __future__ import annotations

import argparse
import time

from paired_engines import LONG, stepper

STEPS = (16, 25, 32, 33, 50, 64, 65, 100, 150, 200, 250)


def rate(name: str, steps: int, seconds: float) -> float:
    """Return samples a second of processor time, the best of five turns."""
    preset, precision, changes = LONG[name]
    _, step, n = stepper((preset, precision, {**changes, "steps": steps}))
    step()  # compile
    best = 0.0
    for _ in range(5):
        began, calls = time.process_time(), 0
        while time.process_time() - began < seconds / 5:
            step()
            calls += 1
        best = max(best, n * calls / (time.process_time() - began))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(LONG), default=list(LONG))
    parser.add_argument("--steps", nargs="+", type=int, default=list(STEPS))
    parser.add_argument("--seconds", type=float, default=1.0, help="of each length")
    options = parser.parse_args()
    print("| network | T | samples/s | ns a sample and step |\n|---|---|---|---|")
    for name in options.only:
        for steps in options.steps:
            found = rate(name, steps, options.seconds)
            print(f"| {name} | {steps} | {found:,.0f} | {1e9 / found / steps:.0f} |", flush=True)


if __name__ == "__main__":
    main()
