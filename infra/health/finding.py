"""What a check found."""

from collections.abc import Callable
from typing import Literal

import msgspec
from psycopg.errors import InsufficientPrivilege

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


def unseen(check: str, problem: Exception, cure: str) -> Finding:
    """Return that something could not be looked at; a login that may not look is no fault, since each has one role."""
    if isinstance(problem, InsufficientPrivilege):
        login = "to see it, run doctor with the login that migrates, or the projector's"
        return doubtful(check, "not for this database user to see", login)
    return broken(check, " ".join(str(problem).split()), cure)
