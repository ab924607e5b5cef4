"""What the site makes of our docstrings' markup."""

import importlib.util
from types import SimpleNamespace

import pytest
from page_blocks import ROOT

griffe = pytest.importorskip("griffe", reason="needs the extra docs")
pytest.importorskip("latex2mathml", reason="needs the extra docs")


@pytest.fixture(scope="module")
def markup():
    path = ROOT / "scripts/docstring_markup.py"
    spec = importlib.util.spec_from_file_location("docstring_markup", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rewritten(markup, text):
    def resolve(name):
        if name != "Network":
            raise griffe.NameResolutionError(name)
        return "lava_intsnn.network.network.Network"

    scope = SimpleNamespace(docstring=SimpleNamespace(value=text), resolve=resolve)
    markup.DocstringMarkup().on_object(obj=scope)
    return scope.docstring.value


@pytest.mark.parametrize(
    ("role", "target", "shown"),
    [
        (":func:`~lava_intsnn.train`", "lava_intsnn.train", "train"),
        (":meth:`Network.check`", "lava_intsnn.network.network.Network.check", "Network.check"),
        (":func:`~.firing.step`", "firing.step", "step"),
    ],
)
def test_a_role_is_a_link_that_may_lead_nowhere(markup, role, target, shown):
    link = f'See <autoref identifier="{target}" optional><code>{shown}</code></autoref>.'
    assert rewritten(markup, f"See {role}.") == link


def test_an_equation_is_mathml_and_the_text_after_it_stays(markup):
    text = (
        "Neuron.\n\n.. math::\n    v &= v + a \\\\\n    s &= v > 1\n\n"
        "Parameters\n----------\nvth : int\n"
    )
    before, equation, after = rewritten(markup, text).split("\n\n")
    assert (before, after) == ("Neuron.", "Parameters\n----------\nvth : int\n")
    assert equation.startswith("<math")
    assert "&=" not in equation


def test_parameters_that_share_a_description_get_an_entry_each(markup):
    text = (
        "One, two.\n\nParameters\n----------\na, b : int\n    Sizes.\nc\n    Other.\n\n"
        "Returns\n-------\nx, y\n    Both.\n"
    )
    assert rewritten(markup, text) == text.replace(
        "a, b : int\n    Sizes.", "a : int\n    Sizes.\nb : int\n    Sizes."
    )
