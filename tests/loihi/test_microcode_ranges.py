"""Interval arithmetic asks for the checks that can fail, for one instruction exactly for those."""

from itertools import product

import pytest
from families import family
from hypothesis import given, strategies as st
from microcode_support import LeftItsWidth, group_of, interpret

from lava_intsnn.loihi.microcode import Port
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.loihi.microcode.ranges import unproven

ONE = ("MOV", "NEG", "ABS")
TWO = ("ADD", "SUB", "MIN", "MAX")
BY_NUMBER = ("SHL", "SHR", "SHZ", "SAT")


def instruction(op, number):
    """``op`` on r0 and r1 (of two ports) into r2; shifts are 0..3, widths 2..5."""
    if op == "SEL":
        return ("SEL", "r2", "p0", "r0", "r1")
    if op == "MUL_SHR":
        return ("MUL_SHR", "r2", "r0", "r1", number)
    if op in BY_NUMBER:
        return (op, "r2", "r0", number + 2 * (op == "SAT"))
    return (op, "r2", "r0") if op in ONE else (op, "r2", "r0", "r1")


@pytest.mark.parametrize("op", [*ONE, *TWO, *BY_NUMBER, "SEL", "MUL_SHR"])
@given(
    st.tuples(st.integers(-16, 15), st.integers(-16, 15)).map(sorted),
    st.tuples(st.integers(-16, 15), st.integers(-16, 15)).map(sorted),
    st.integers(0, 3),
    st.integers(2, 8),
)
@family(60)
def test_a_store_is_checked_where_some_operands_would_leave_the_state(op, a, b, number, bits):
    group = group_of(
        ("RDC", "r0", "a"),
        ("MAX", "r0", "r0", "a-min"),
        ("MIN", "r0", "r0", "a-max"),
        ("RDC", "r1", "b"),
        ("MAX", "r1", "r1", "b-min"),
        ("MIN", "r1", "r1", "b-max"),
        ("LT", "p0", "step", "r0"),
        instruction(op, number),
        ("STORE", "v", "r2"),
        states={"v": bits},
        ports=(Port("a", 8), Port("b", 8)),
        constants={"a-min": a[0], "a-max": a[1], "b-min": b[0], "b-max": b[1]},
    )

    def leaves(x, y):
        try:
            interpret(group, "go", {"a": x, "b": y, "v": 0}, 0)
        except LeftItsWidth:
            return True
        return False

    spans = range(a[0], a[1] + 1), range(b[0], b[1] + 1)
    possible = any(leaves(x, y) for x, y in product(*spans))
    if op == "SEL":  # both sides count, even where the predicate is the same for all
        low, high = signed_range(bits)
        possible = min(a[0], b[0]) < low or max(a[1], b[1]) > high
    assert unproven(group, group.phases[0], 1)[8] == possible


def test_registers_are_checked_at_32_bits():
    code = [("RDC", "r0", "a"), ("SHL", "r1", "r0", 8), ("SHL", "r1", "r0", 9), ("NEG", "r0", "r0")]
    group = group_of(*code, ports=(Port("a", 24),))
    assert unproven(group, group.phases[0], 1) == (False, False, True, False, False)


def test_the_step_is_less_than_the_period():
    group = group_of(("STORE", "v", "step"), states={"v": 5})
    assert not unproven(group, group.phases[0], 16)[0]
    assert unproven(group, group.phases[0], 17)[0]
