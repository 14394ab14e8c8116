"""Reading JSON of strangers."""

from json import JSONDecodeError
from typing import Any

import msgspec

MOST_LEVELS = 32


def read_json(data: str | bytes) -> Any:
    """Read JSON in UTF-8, of at most so many levels; raises `JSONDecodeError` for whatever is wrong with it.

    Lone surrogates, numbers that no float holds, NaN and Infinity are refused, which the standard library lets pass.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
        raise JSONDecodeError(str(problem), "", 0) from problem
    if _is_deeper(value, MOST_LEVELS):
        raise JSONDecodeError(f"more than {MOST_LEVELS} levels", "", 0)
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    inner = [value]
    for _ in range(levels):
        inner = [
            each
            for outer in inner
            if isinstance(outer, dict | list)
            for each in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(each, dict | list)
        ]
        if not inner:
            return False
    return True
