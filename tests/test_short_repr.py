"""Results and states print in a line or two: arrays by dtype and shape."""

import ast
from pathlib import Path

import numpy as np

import lava_intsnn as ls
from lava_intsnn.contract import BatchResult
from lava_intsnn.training.evaluation import Evaluation

ROOT = Path(ls.__file__).parent


def test_an_evaluation_prints_its_accuracy_and_no_predictions():
    found = Evaluation(np.zeros(1000, np.int32), np.zeros((1000, 10), np.int32), 97.5)
    assert repr(found) == str(found)
    assert repr(found) == (
        "Evaluation(predictions=int32 array (1000,), counts=int32 array (1000, 10), accuracy=97.5)"
    )


def test_batches_states_and_runs_are_short():
    counts = np.zeros((1000, 10), np.int32)
    batch = BatchResult(predictions=counts[:, 0], counts=counts, v=counts)
    net = ls.presets.mnist_snn()
    state = ls.initial_state(net)
    for value in (batch, state):
        assert len(repr(value)) < 200
    assert "int32 array (100, 784)" in repr(state)


def test_no_dataclass_with_arrays_prints_their_contents():
    printing = []
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                "dataclass" in ast.unparse(decorator) for decorator in node.decorator_list
            ):
                body = [ast.unparse(statement) for statement in node.body]
                fields = [ast.unparse(f) for f in node.body if isinstance(f, ast.AnnAssign)]
                arrays = any("ndarray" in field or "NDArray" in field for field in fields)
                own = any("__repr__" in text.partition(":")[0] for text in body)
                if arrays and not own:
                    printing.append(f"{path.name}: {node.name}")
    assert printing == []
