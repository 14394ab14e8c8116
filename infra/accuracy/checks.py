"""What an accuracy run produces: checks, which can fail, and figures, which cannot."""

from collections.abc import Sequence

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One answer beside the truth."""

    what: str
    truth: str
    measured: str
    tolerance: str = "exact"
    passed: bool | None = True
    """None where the check could not be made; `measured` then says why."""
    by: str = ""
    """Whose answer it is, where several were asked the same."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Checks of one kind, or a table of figures, with what has to be said about them."""

    title: str
    text: str
    checks: Sequence[Check] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def count(what: str, truth: int, measured: int, within: int = 0, *, by: str = "") -> Check:
    """Compare two counts."""
    return Check(
        what=what,
        truth=str(truth),
        measured=str(measured),
        tolerance=f"± {within}" if within else "exact",
        passed=abs(truth - measured) <= within,
        by=by,
    )


def seconds(what: str, truth: Sequence[float], measured: Sequence[float], within_s: float, *, by: str = "") -> Check:
    """Compare as many moments, or lengths of stays, in order; the greatest difference decides."""
    wanted, within = str(len(truth)), f"± {within_s:g} s"
    if len(truth) != len(measured):
        return Check(what=what, truth=wanted, measured=str(len(measured)), tolerance=within, passed=False, by=by)
    worst = max((abs(one - other) for one, other in zip(truth, measured, strict=True)), default=0.0)
    told = f"{worst:.1f} s off" if truth else "0"
    return Check(what=what, truth=wanted, measured=told, tolerance=within, passed=worst <= within_s, by=by)


def skipped(what: str, why: str) -> Check:
    """Tell a check that could not be made."""
    return Check(what=what, truth="", measured=why, tolerance="", passed=None)


def closing_line(sections: Sequence[Section]) -> str:
    """Return `N passed, N failed, N skipped`."""
    outcomes = [check.passed for section in sections for check in section.checks]
    passed, failed, missed = (sum(1 for each in outcomes if each is outcome) for outcome in (True, False, None))
    return f"{passed} passed, {failed} failed, {missed} skipped"
