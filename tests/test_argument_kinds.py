"""Every public function refuses an argument of another kind with a TypeError that says which."""

import inspect
from dataclasses import is_dataclass
from types import SimpleNamespace

import pytest

import lava_intsnn as ls
from lava_intsnn import conversion, loihi
from lava_intsnn.argument_kinds import KINDS
from lava_intsnn.formats.loihi_rule import export_loihi_rule
from lava_intsnn.formats.netx import export_netx, import_netx
from lava_intsnn.formats.nir import export_nir, import_nir
from lava_intsnn.training.training_run import start

NET = ls.presets.digits_snn()
STATE = ls.initial_state(NET)
OTHER, VARIABLE = SimpleNamespace(), inspect.Parameter.VAR_KEYWORD


def public_callables():
    for module in (ls, loihi, conversion, ls.data):
        for name in module.__all__:
            value = getattr(module, name, None)
            error = isinstance(value, type) and issubclass(value, Exception)
            # dataclasses check their fields; scikit-learn's estimators check in fit
            own = is_dataclass(value) or hasattr(value, "get_params")
            if callable(value) and not error and not own:
                yield pytest.param(value, id=f"{module.__name__}.{name}")
    for function in (export_loihi_rule, export_netx, export_nir, import_netx, import_nir, start):
        yield pytest.param(function, id=function.__name__)


def kind_of(parameter):
    annotation = parameter.annotation
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    words = text.replace("str | os.PathLike[str]", "path").split(" | ")
    return next((kind for kind in KINDS if kind in words), None)


@pytest.mark.parametrize("function", public_callables())
def test_every_public_function_checks_the_kinds_of_its_arguments(function):
    parameters = inspect.signature(function).parameters
    kinds = {name: kind for name, p in parameters.items() if (kind := kind_of(p))}
    required = [name for name, p in parameters.items() if p.default is p.empty]
    other = dict.fromkeys([*(n for n in required if parameters[n].kind != VARIABLE), *kinds], OTHER)
    for name, kind in kinds.items():
        with pytest.raises(
            TypeError, match=rf"{name} is a SimpleNamespace and must be an? .*{kind}"
        ):
            function(**other)


def test_swapped_arguments_are_both_named():
    with pytest.raises(
        TypeError,
        match=r"^evaluate\(network, state, data, .*\): network is a State and must be a Network "
        r".*; state is a Network and must be a State",
    ):
        ls.evaluate(STATE, NET, ls.data.digits("test"))
    with pytest.raises(TypeError, match=r"(training|network) is a State and must be a "):
        ls.save("net.npz", STATE)


def test_a_missing_argument_is_told_with_the_functions_name():
    with pytest.raises(
        TypeError, match=r"^train\(\) missing 1 required positional .*'data'$"
    ) as found:
        ls.train(NET)
    assert found.value.__context__ is None
    with pytest.raises(TypeError, match=r"^train\(\) got an unexpected keyword argument 'epoch'"):
        ls.train(NET, None, epoch=3)


def test_the_name_of_a_preset_is_no_network():
    said = r"network is the text 'mnist-snn' and must be a Network .*presets\.preset\(NAME\)"
    for call in (
        lambda: ls.train("mnist-snn", ls.data.digits("train")),
        lambda: ls.compile("mnist-snn", STATE),
        lambda: loihi.preflight("mnist-snn", target="loihi2"),
    ):
        with pytest.raises(TypeError, match=said):
            call()


def test_an_executor_is_given_states_only():
    with ls.executor(NET, STATE) as run, pytest.raises(TypeError, match="must be a State"):
        run.load(NET)
    with pytest.raises(TypeError, match=r"^Engine\(network, state, .*network is a State"):
        ls.Engine(STATE, NET)


@pytest.mark.parametrize("value", [None, 3, b"net.npz", ["net.npz"]])
def test_what_is_no_path_is_told_by_the_arguments_name(value):
    for call in (ls.load, ls.data.read, ls.data.open_data, conversion.load_quantised):
        with pytest.raises(TypeError, match=r"path is .* and must be a path \(a text such as"):
            call(value)
    with pytest.raises(TypeError, match=r"^save\(path, .*path is .* and must be a path"):
        ls.save(value, NET, STATE)


def test_a_folder_that_may_be_left_out_may_be_none():
    with pytest.raises(TypeError, match=r"data_dir is an int and must be a path"):
        ls.data.load("mnist", "test", data_dir=3)
    assert len(ls.data.load("digits", "test", data_dir=None))
