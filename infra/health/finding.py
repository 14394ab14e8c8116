"""What a check found."""

from collections.abc import Callable
from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: how it is, and what to do when it is not well."""

    check: str
    state: State
    detail: str
    cure: str = ""


Check = Callable[[], Finding]


def well(check: str, detail: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, state="ok", detail=detail)


def doubtful(check: str, detail: str, cure: str) -> Finding:
    """Return that something is worth looking at."""
    return Finding(check=check, state="warn", detail=detail, cure=cure)


def broken(check: str, detail: str, cure: str) -> Finding:
    """Return that something does not work."""
    return Finding(check=check, state="fail", detail=detail, cure=cure)
