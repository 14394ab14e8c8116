"""Text that has exactly one spelling: numbers, base64 and JSON. Anything else raises ValueError."""

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
    """Read standard base64 with padding, of so many bytes if a length is given."""
    raw = text.encode() if isinstance(text, str) else text
    value = a2b_base64(raw)
    if b2a_base64(value, newline=False) != raw or length not in (None, len(value)):
        raise ValueError(f"{raw[:60]!r} is not the base64 that it should be")
    return value


def record_bytes(text: bytes) -> bytes:
    """Read the base64 of a record: what `base64` does, at the price of writing only its end again."""
    value = a2b_base64(text, strict_mode=True)
    loose = len(value) % 3
    end = b2a_base64(value[-loose:], newline=False) if loose else b""
    if len(text) != -(-len(value) // 3) * 4 or not text.endswith(end):
        raise ValueError(f"{text[-60:]!r} is not the base64 that it should be")
    return value


def write_json(value: Any) -> bytes:
    """Return the one JSON spelling: sorted names, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def read_json(raw: bytes) -> Any:
    """Read JSON that is spelled in the one way, which also means that no name occurs twice."""
    try:
        value = json.loads(raw)
        same = write_json(value) == raw
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    if not same:
        raise ValueError("JSON in another spelling than the canonical one")
    return value
