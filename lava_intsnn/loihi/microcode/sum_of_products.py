"""Sum-of-products learning rules: their text, and what one synapse block does with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import Annotated

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.limits.encoding import (
    REGISTER_BITS,
    RULE_EXPONENT_MAX,
    RULE_EXPONENT_MIN,
    TRACE_BITS,
)
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_int, signed_range
from lava_intsnn.loihi.microcode.isa import TRACES

#: Factors that belong to the presynaptic neuron: its spike (0 or 1) and its trace.
PRE_FACTORS = ("x0", "x1")
#: Factors that belong to the postsynaptic neuron: the traces its program writes.
POST_FACTORS = TRACES
#: All factors: those, and the synapse's own tag and weight.
FACTORS = (*PRE_FACTORS, *POST_FACTORS, "t", "w")

#: Largest presynaptic trace, which has no sign.
X1_MAX = (1 << LOIHI2.x_trace_bits.value) - 1
#: Largest magnitude of a weight.
W_MAX = 1 << (LOIHI2.plastic_weight_bits.value - 1)

_SCALE = re.compile(r"(?:(\d+)\*)?2\^(-?\d+)$|(\d+)$")


@dataclass(frozen=True)
class Product:
    """``mantissa * 2**exponent * factor * ...``: one term of a rule.

    Parameters
    ----------
    mantissa : int
        Not 0; ``rule_mantissa_bits`` of the limits, as in Lava's fixed-point learning engine.
    exponent : int
        ``RULE_EXPONENT_MIN`` to ``RULE_EXPONENT_MAX`` of :mod:`~lava_intsnn.loihi.limits.encoding`.
    factors : tuple of str
        One to ``rule_factors`` of ``FACTORS``.
    """

    mantissa: int
    exponent: int
    factors: tuple[str, ...]

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        low, high = signed_range(LOIHI2.rule_mantissa_bits.value)
        require_int("mantissa of a product", self.mantissa, low, high)
        require_int("exponent of a product", self.exponent, RULE_EXPONENT_MIN, RULE_EXPONENT_MAX)
        if self.mantissa == 0:
            raise MicrocodeError("mantissa of a product = 0: leave the product out")
        most = LOIHI2.rule_factors.value
        if not 1 <= len(self.factors) <= most:
            raise MicrocodeError(f"product of {len(self.factors)} factors: must be 1..{most}")
        for factor in self.factors:
            if factor not in FACTORS:
                allowed = ", ".join(FACTORS)
                raise MicrocodeError(f"factor {factor!r} of a rule: must be one of {allowed}")

    def __str__(self) -> str:
        scale = f"{abs(self.mantissa)}*" * (abs(self.mantissa) != 1)
        power = f"2^{self.exponent}*" * (self.exponent != 0)
        return scale + power + "*".join(self.factors)


@dataclass(frozen=True)
class SumOfProducts:
    """A rule's right-hand side, as in Lava's rule strings: ``-2^-8*t*y2 + 2*x1*y1``."""

    products: tuple[Product, ...]

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError)
        require_int("products of a rule", len(self.products), 1, LOIHI2.rule_terms.value)

    def __str__(self) -> str:
        first, *rest = self.products
        text = "-" * (first.mantissa < 0) + str(first)
        return text + "".join(f" {'-' if p.mantissa < 0 else '+'} {p}" for p in rest)

    @property
    def shift(self) -> int:
        """Right shift that the sum, held in units of its finest product, ends with."""
        return max(0, -min(p.exponent for p in self.products))

    def bound(self, tag_bits: int) -> int:
        """Return a bound of the sum's magnitude, in units of ``2**-shift``."""
        tag, y = 1 << (tag_bits - 1), 1 << (TRACE_BITS - 1)
        largest = {"x0": 1, "x1": X1_MAX, "t": tag, "w": W_MAX, **dict.fromkeys(POST_FACTORS, y)}
        return sum(
            (abs(p.mantissa) << (p.exponent + self.shift)) * prod(largest[f] for f in p.factors)
            for p in self.products
        )

    @classmethod
    def parse(cls, text: str) -> SumOfProducts:
        """Read a rule's right-hand side.

        Raises
        ------
        MicrocodeError
            Naming the term that cannot be read.
        """
        compact = "".join(text.split())
        # A sign starts a term unless it belongs to an exponent.
        terms = re.findall(r"[+-]?(?:\^-|[^+-])+", compact)
        if not terms or "".join(terms) != compact:
            raise MicrocodeError(f"rule {text!r}: must be a sum of products, as in -2^-8*t*y2")
        return cls(tuple(_parse_product(term) for term in terms))


def _parse_product(term: str) -> Product:
    sign = -1 if term[0] == "-" else 1
    parts = term.lstrip("+-").split("*")
    at = next((i for i, part in enumerate(parts) if part[:1].isalpha()), len(parts))
    match = _SCALE.match("*".join(parts[:at])) if at else None
    if at and match is None:
        raise MicrocodeError(
            f"product {term!r}: scale {'*'.join(parts[:at])!r} must be 2^EXPONENT, MANTISSA or "
            "MANTISSA*2^EXPONENT"
        )
    mantissa = int(match[1] or match[3] or 1) if match else 1
    return Product(sign * mantissa, int(match[2] or 0) if match else 0, tuple(parts[at:]))


@dataclass(frozen=True, kw_only=True)
class LearningRule:
    r"""How the synapses of one block learn.

    In each of the steps ``tag_first .. tag_last``, after the postsynaptic phase has run,

    .. math:: x_1 = (x_1 >> x1\_shift) + payload, \qquad t = t + dt

    both starting from 0 in ``tag_first``; in ``update_step``, after that step's tag update,

    .. math:: w = clamp(w + round(dw), w_{min}, w_{max})

    where a rule that ends with a right shift by ``dw.shift`` rounds as (3.18) subtracts:
    ``round(S) = -round_shift(-S, shift, rounding, random)``, with the draw of index ``i * O + o``
    of the update's key.

    Parameters
    ----------
    dt, dw : SumOfProducts or str
        Change of the tag, without right shift; change of the weight.
    x1_shift : int
        ``b`` of the presynaptic trace, which has no sign.
    tag_bits : int
        Signed width of a tag; a tag that leaves it stops the core.
    rounding : Rounding
    tag_first, tag_last, update_step : int
        Steps within the period.
    stream : int
        Which of the program's streams of random bits the rule draws from: the layer's number.
    """

    dt: SumOfProducts
    dw: SumOfProducts
    x1_shift: Annotated[int, Within(0, REGISTER_BITS - 1)]
    tag_bits: Annotated[int, Within(2, LOIHI2.tag_bits.value)] = LOIHI2.tag_bits.value
    rounding: Rounding = Rounding.STOCHASTIC
    tag_first: int
    tag_last: int
    update_step: int
    stream: Annotated[int, Within(0, 1 << 16)]

    def __post_init__(self) -> None:
        for name in ("dt", "dw"):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, SumOfProducts.parse(value))
        check_fields(self, MicrocodeError)
        require_int("tag_first", self.tag_first, 0, self.tag_last)
        require_int("tag_last", self.tag_last, self.tag_first, self.update_step)
        require_int("update_step", self.update_step, self.tag_last, 1 << 20)
        if self.dt.shift:
            raise MicrocodeError(f"dt = {self.dt}: a tag changes by whole numbers, exponents >= 0")
        for name in ("dt", "dw"):
            bound = getattr(self, name).bound(self.tag_bits)
            if bound >> (REGISTER_BITS - 1):
                raise MicrocodeError(
                    f"{name} = {getattr(self, name)}: sums of up to {bound}: must fit "
                    f"{REGISTER_BITS} bits; use fewer factors or exponents that lie closer together"
                )
