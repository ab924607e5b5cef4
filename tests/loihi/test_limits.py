"""The tables of limits: sources, the page made from them, and what public code says."""

import ast
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import lava_intsnn
from lava_intsnn.loihi.legality.document import markdown
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, TARGETS, limits_of
from lava_intsnn.loihi.limits.encoding import TRACE_BITS
from lava_intsnn.loihi.limits.sources import OWN_CHOICE, SOURCES
from lava_intsnn.loihi.microcode.sum_of_products import X1_MAX
from lava_intsnn.network import NetworkError
from lava_intsnn.network.dense import MAX_DELAY
from lava_intsnn.network.neuron import GUARD_BITS, GUARDED_STATE_BITS

EVERY = [(chip, name, limit) for chip in TARGETS.values() for name, limit in chip.rows()]


def test_every_number_has_a_source_that_is_listed():
    assert {limit.source for _, _, limit in EVERY} <= set(SOURCES)


def test_a_number_nobody_published_says_so():
    ours = [limit for _, _, limit in EVERY if limit.source == OWN_CHOICE]
    assert ours
    for limit in ours:
        assert "public figure" in limit.note
        assert "our own conservative choice" in limit.note


def test_every_listed_source_is_used():
    said = " ".join(f"{limit.source} {limit.note}" for _, _, limit in EVERY)
    assert [name for name in SOURCES if name not in said] == []


def test_the_page_is_the_tables():
    page = Path(__file__).parents[2] / "docs" / "loihi-limits.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run: python -m lava_intsnn.loihi.legality.document > docs/loihi-limits.md"
    )


def test_tables_are_frozen():
    with pytest.raises(FrozenInstanceError):
        LOIHI2.tag_bits.value = 16
    with pytest.raises(FrozenInstanceError):
        LOIHI2.tag_bits = LOIHI1.tag_bits


def test_an_unknown_target_names_the_known_ones():
    with pytest.raises(NetworkError, match="'loihi3'.*loihi1, loihi2"):
        limits_of("loihi3")
    assert limits_of("loihi1") is LOIHI1


def test_the_other_parts_of_the_package_mean_the_same_numbers():
    assert LOIHI2.delay_max.value == MAX_DELAY
    assert LOIHI2.threshold_exponent.value == GUARD_BITS
    assert LOIHI2.voltage_bits.value == LOIHI2.current_bits.value == GUARDED_STATE_BITS
    assert LOIHI2.third_factor_bits.value == TRACE_BITS
    assert (1 << LOIHI2.x_trace_bits.value) - 1 == X1_MAX


def test_the_engine_is_the_one_lava_simulates():
    constants = pytest.importorskip("lava.magma.core.learning.constants")
    for chip in (LOIHI1, LOIHI2):
        assert chip.weight_bits.value == constants.W_WEIGHTS_U
        assert chip.plastic_weight_bits.value == constants.W_WEIGHTS_S
        assert chip.tag_bits.value == constants.W_TAG_1_S
        assert chip.x_trace_bits.value == chip.y_trace_bits.value == constants.W_TRACE
        assert chip.accumulator_bits.value == constants.W_ACCUMULATOR_S
        assert chip.rule_mantissa_bits.value == constants.W_S_MANT


def test_the_neuron_is_the_one_lava_simulates():
    models = pytest.importorskip("lava.proc.lif.models")
    lif = models.PyLifModelBitAcc({"shape": (1,)})
    assert LOIHI1.voltage_bits.value == lif.uv_bitwidth
    assert 1 << LOIHI1.decay_bits.value == lif.decay_unity
    assert LOIHI1.threshold_exponent.value == lif.vth_shift


@pytest.mark.parametrize("side", ["min", "max"])
def test_lava_takes_a_scale_at_the_edge_and_none_beyond(side):
    rules = pytest.importorskip("lava.magma.core.learning.learning_rule")
    edge = getattr(LOIHI2, f"rule_exponent_{side}").value
    beyond = edge + (1 if side == "max" else -1)

    def rule(exponent):
        return rules.Loihi3FLearningRule(dw=f"7*2^{exponent}*u0*t*y2")

    rule(edge)
    with pytest.raises(ValueError, match="xponent"):
        rule(beyond)


PACKAGE = Path(lava_intsnn.__file__).parent
#: The table itself, and the page that prints all of it.
HOME = PACKAGE / "loihi" / "limits"
PAGE = PACKAGE / "loihi" / "legality" / "document.py"
#: Names of what holds a width or a size.
SIZED = re.compile(r"(^|_)(bits|bytes|slots|x1_max|w_max)$", re.IGNORECASE)


def modules(folder):
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")}


def values_read(tree):
    """Return the fields of ``<something>.field.value``."""
    return {
        node.value.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "value"
        and isinstance(node.value, ast.Attribute)
    }


def test_every_limit_is_read():
    table = {HOME / name for name in ("limit.py", "targets.py", "common_limits.py")}
    trees = [tree for path, tree in modules(PACKAGE).items() if path not in {*table, PAGE}]
    read = set().union(*map(values_read, trees))
    assert [name for name, _ in LOIHI2.rows() if name not in read] == []


def number(node):
    """Return the integer that an expression of literals alone is worth, else None."""
    if not isinstance(node, (ast.Constant, ast.BinOp, ast.UnaryOp)):
        return None
    if any(isinstance(part, (ast.Name, ast.Attribute, ast.Call)) for part in ast.walk(node)):
        return None
    numbers = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    if any(type(value) is not int for value in numbers):
        return None
    return eval(ast.unparse(node), {"__builtins__": {}})


def own_sizes(tree):
    """Yield the lines on which a name of a width or size gets a literal number above 2."""
    for node in ast.walk(tree):
        pairs = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                both = (target, node.value)
                tuples = all(isinstance(each, ast.Tuple) for each in both)
                pairs += zip(target.elts, node.value.elts) if tuples else [both]
        elif isinstance(node, ast.AnnAssign) and node.value:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.keyword):
            pairs = [(node.arg, node.value)]
        elif isinstance(node, ast.Compare):
            pairs = [(node.left, each) for each in node.comparators]
            pairs += [(each, node.left) for each in node.comparators]
        elif isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args][-len(node.defaults) or len(node.args) :]
            pairs = [(arg.arg, default) for arg, default in zip(named, node.defaults)]
            pairs += [(a.arg, default) for a, default in zip(node.kwonlyargs, node.kw_defaults)]
        elif isinstance(node, ast.Call) and len(node.args) == 4:  # require_int(what, value, ...)
            pairs = [(node.args[1], node.args[3])]
        for name, value in pairs:
            label = (
                name if isinstance(name, str) else getattr(name, "attr", getattr(name, "id", ""))
            )
            found = number(value) if value else None
            if found is not None and found > 2 and SIZED.search(label or ""):
                yield value.lineno


def test_no_other_module_holds_a_width_or_a_size_of_the_chip():
    """By name: a small number may mean anything, a number called bits does not."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path, tree in modules(PACKAGE / "loihi").items()
        if HOME not in path.parents
        for line in own_sizes(tree)
    ]
    assert found == []


def test_no_other_module_holds_a_number_only_the_chip_has():
    """By value: numbers of three digits and more that a limit is, or is the largest within."""
    known = {abs(limit.value) for _, _, limit in EVERY}
    widths = {limit.value for _, _, limit in EVERY if limit.unit.startswith("bits")}
    known |= {number for bits in widths for number in ((1 << bits) - 1, 1 << bits)}
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, tree in modules(PACKAGE / "loihi").items()
        if HOME not in path.parents and path.name != "figures.py"  # picojoules and nanoseconds
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int
        if node.value >= 100 and node.value in known
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "TAG_BITS = 9",
        "WORD_BITS, LISTS = 64, 2",
        "def f(tag_bits: int = 9): ...",
        "def f(*, bits=9): ...",
        "block(bits=8)",
        "if bits > 9: ...",
        "require_int('bits', self.bits, 2, 9)",
        "X1_MAX = (1 << 7) - 1",
        "class Block:\n    tag_bits: int = 9",
    ],
)
def test_a_width_of_its_own_would_be_found(text):
    assert list(own_sizes(ast.parse(text)))
    assert not list(own_sizes(ast.parse("BITS = LOIHI2.tag_bits.value; bits = 1; n = 9")))
