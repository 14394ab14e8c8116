"""Text that has exactly one spelling, and JSON that has exactly one shape. Anything else raises ValueError."""

import json
import re
from binascii import a2b_base64, b2a_base64
from typing import Any

MAX_NUMBER = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def number(text: str) -> int:
    """Read a decimal from 0 to 2^63 - 1 without leading zeros."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_NUMBER:
        raise ValueError(f"{text[:40]!r} is not a number from 0 to 2^63 - 1")
    return int(text)


def base64(text: str | bytes, length: int | None = None) -> bytes:
    """Read standard base64 with padding, of so many bytes if a length is given.

    Four letters are three bytes and the other way round; only the last four can be spelled in several ways.
    """
    raw = text.encode() if isinstance(text, str) else text
    value = a2b_base64(raw, strict_mode=True)
    whole = len(value) // 3
    if raw[4 * whole :] != b2a_base64(value[3 * whole :], newline=False) or length not in (None, len(value)):
        raise ValueError(f"{raw[-60:]!r} is not the base64 that it should be")
    return value


def write_json(value: Any) -> bytes:
    """Return the one JSON spelling: sorted names, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def read_json(raw: bytes, shape: Any) -> Any:
    """Read JSON of a shape that is spelled in the one way, which also means that no name occurs twice."""
    try:
        value = json.loads(raw)
        if write_json(value) == raw and _fits(value, shape):
            return value
    except RecursionError:
        pass
    raise ValueError("not JSON in the canonical spelling with exactly the names and kinds of values that it must have")


def _fits(value: Any, shape: Any) -> bool:
    """Tell whether a value is `{name: shape}` with exactly these names, `[shape of each]`, a pattern's text, or `int`.

    `(None, shape)` may be null; a number is from 0 to 2^63 - 1.
    """
    match shape:
        case dict():
            same = type(value) is dict and value.keys() == shape.keys()
            return same and all(_fits(value[name], each) for name, each in shape.items())
        case [each]:
            return type(value) is list and all(_fits(one, each) for one in value)
        case None, each:
            return value is None or _fits(value, each)
        case re.Pattern():
            return type(value) is str and shape.fullmatch(value) is not None
    return type(value) is int and 0 <= value <= MAX_NUMBER
