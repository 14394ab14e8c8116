"""Why something was not accepted.

VerifierError
├── Refused     it was read, and something in it is not as it must be; exit status 1
└── Unusable    it cannot be judged: no such file, not ours, from another version; exit status 2
"""

from collections.abc import Iterator
from contextlib import contextmanager


class VerifierError(Exception):
    """Why something was not accepted, in one line."""

    exit_status = 1


class Refused(VerifierError):
    """Something is not as it must be, and where: a position of the record, a line or a file."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"refused at {where}: {why}")


class Unusable(VerifierError):
    """It cannot be judged."""

    exit_status = 2

    def __init__(self, why: str) -> None:
        super().__init__(f"unusable: {why}")


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """Turn what goes wrong while something is taken apart into a refusal at that place."""
    try:
        yield
    except ValueError as problem:
        raise Refused(where, str(problem)) from problem
    except (TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as problem:
        raise Refused(where, "it has not the parts that it must have") from problem
