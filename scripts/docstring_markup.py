"""An extension of griffe: reStructuredText of our docstrings, for the documentation site.

Docstrings name functions and classes as ``:func:`~lava_intsnn.train``` and write equations below
``.. math::``. A name that has an entry in the API pages becomes a link to it, any other plain
code; an equation becomes MathML, which browsers draw without a script. Parameters that share a
description get an entry each, because griffe gives all of them the type of the first.
"""

import re
from textwrap import dedent

import griffe
from latex2mathml.converter import convert

ROLE = re.compile(r":(?:func|class|meth|mod|data|attr):`(~?)\.?([\w.]+)`")
EQUATION = re.compile(r"^( *)\.\. math::(.*(?:\n+\1 +.*)*)", re.M)
#: The parameters of a docstring, up to the next heading.
PARAMETERS = re.compile(r"(?<=^Parameters\n-{10}\n)(?:(?!\w+\n---).*\n?)*", re.M)
SHARED = re.compile(r"^(\w+(?:, \w+)+)( : .*)?((?:\n+ +.*)*)", re.M)


class DocstringMarkup(griffe.Extension):
    """Rewrite every docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        """Rewrite the docstring of one function, class, module or attribute."""
        if obj.docstring is not None:
            text = EQUATION.sub(equation, obj.docstring.value)
            text = PARAMETERS.sub(lambda found: SHARED.sub(each, found[0]), text)
            obj.docstring.value = ROLE.sub(lambda role: link(role, obj), text)


def equation(found: re.Match[str]) -> str:
    """Return an equation as MathML in one line."""
    indent, latex = found.groups()
    latex = dedent(latex).strip()
    if "&" in latex:
        latex = rf"\begin{{align*}}{latex}\end{{align*}}"
    return indent + convert(latex, display="block").replace("\n", " ")


def each(found: re.Match[str]) -> str:
    """Return an entry for each of the parameters that share one."""
    names, kind, description = found.groups()
    return "\n".join(name + (kind or "") + description for name in names.split(", "))


def link(role: re.Match[str], scope: griffe.Object) -> str:
    """Return a role as a link that may have no target, in which case it is code alone."""
    short, name = role.groups()
    shown = name.rpartition(".")[2] if short else name
    first, dot, rest = name.partition(".")
    try:
        target = name if first == "lava_intsnn" else scope.resolve(first) + dot + rest
    except griffe.NameResolutionError:
        target = name
    return f'<autoref identifier="{target}" optional><code>{shown}</code></autoref>'
