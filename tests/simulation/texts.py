"""Statements that the core puts together, taken apart again."""

import re
from collections.abc import Sequence
from functools import cache


@cache
def parts(text: str) -> Sequence[str]:
    """Take apart what `execute_together` put together."""
    found = []
    while (named := re.match(r"(?:WITH|,)\s*s\d+ AS \(", text)) is not None:
        depth, end = 1, named.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        found.append(text[named.end() : end - 1])
        text = text[end:]
    return [*found, text.removeprefix(" ")]


@cache
def asked(text: str) -> Sequence[str] | None:
    """Take apart what `ask_together` put together; None for anything else."""
    if not text.startswith("SELECT ("):
        return None
    questions, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "(" and depth == 1:
            begin = place + 1
        elif letter == ")" and depth == 0:
            questions.append(text[begin:place])
    return questions
