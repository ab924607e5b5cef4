"""Each cure of Lava: what fails without it, and that it changes nothing else."""

import subprocess
import sys

import numpy as np
import pytest

import lava_intsnn.lava_start  # noqa: F401  applies the cures
from lava_intsnn import lava_cures

NEW_PYTHON = sys.version_info >= (3, 11)
NEW_NUMPY = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
VAR_MODEL = "import lava.magma.compiler.var_model as v\nprint(v.SpikeEncoder.__name__)"


def output_of(code):
    """Return what a fresh interpreter prints, or the last line of its error."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.skipif(not NEW_PYTHON, reason="Python 3.10 takes the dataclass as it is")
def test_a_dataclass_with_a_mutable_default_is_imported_with_a_hash():
    assert "mutable default" in output_of(VAR_MODEL)
    assert output_of("import lava_intsnn\n" + VAR_MODEL) == "SpikeEncoder"


def test_the_cured_module_is_lavas_own_in_all_else():
    from lava.magma.compiler import var_model

    assert var_model is sys.modules["lava.magma.compiler.var_model"]
    assert var_model.CoreEncoder() == var_model.CoreEncoder()
    assert var_model.CoreEncoder().x == var_model.ByteEncoder(base=0, len=0, ptr=0)
    assert var_model.ByteEncoder.__module__ == var_model.__name__
    assert var_model.__file__.endswith("var_model.py")
    with pytest.raises(TypeError, match="unhashable"):
        hash(var_model.CoreEncoder())


def test_a_reshaped_port_reshapes_both_ways():
    from lava.magma.core.process.ports.ports import ReshapePort

    port = ReshapePort(new_shape=(2, 3), old_shape=(6,))
    values = np.arange(6)
    there = port.get_transform_func_fwd()(values)
    np.testing.assert_array_equal(there, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(port.get_transform_func_bwd()(there), values)


def test_cures_are_applied_only_where_they_are_needed():
    from lava.magma.core.process.ports.ports import ReshapePort

    cured = ReshapePort.get_transform_func_fwd.__module__ == lava_cures.__name__
    assert cured == NEW_NUMPY
    finders = [finder for finder in sys.meta_path if finder is lava_cures._CureFinder]
    assert len(finders) == NEW_PYTHON


def test_a_second_call_changes_nothing():
    finders = list(sys.meta_path)
    lava_cures.hash_for_a_default()
    assert sys.meta_path == finders


def test_numpy_is_left_as_it_is():
    assert np.reshape.__module__ == "numpy"
