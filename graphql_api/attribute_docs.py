"""What is written under the fields of a class: Python keeps it in the source alone."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise


def attribute_docs(described: type) -> Mapping[str, str]:
    """Return the text under each field of a class and of those that it derives from, by the field's name."""
    found: dict[str, str] = {}
    for each in reversed(described.__mro__):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
        except (OSError, TypeError):  # a class of the interpreter's own
            continue
        found |= _of_body(tree.body[0].body) if isinstance(tree.body[0], ast.ClassDef) else {}
    return found


def _of_body(body: list[ast.stmt]) -> dict[str, str]:
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def first_sentence(described: type) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((described.__doc__ or "").split("\n\n")[0].split())
