"""The answers beside the truth."""

from datetime import datetime, timedelta
from statistics import median

import msgspec

from infra.demo.questions import Summary
from infra.demo.story import Truth

PEOPLE_TOLERANCE = 1
DWELL_TOLERANCE_S = 2.0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One question: the answer, the truth, and how far they may be apart."""

    question: str
    answer: str
    truth: str
    tolerance: str
    is_right: bool


def compare(summary: Summary, truth: Truth, start: datetime) -> list[Line]:
    """Put every answer beside the truth; `start` is the clips' first moment."""
    zones = {each.zone.key: each for each in summary.zones}
    lines = [
        people_line("entered", summary.traffic.entered, truth.entered),
        people_line("left", summary.traffic.left, truth.left),
    ]
    for zone_id, told in sorted(truth.zones.items()):
        zone = zones.get(zone_id)
        name = zone.zone.name if zone else zone_id
        lines.append(people_line(f"{name}: visitors", zone.visitors if zone else None, told.visitors))
        median_ms = zone.dwell.median_ms if zone and zone.dwell else None
        lines.append(dwell_line(f"{name}: median dwell", median_ms, told.median_dwell_s))
    return [*lines, *_visits(summary, truth), _busiest(summary, truth, start)]


def people_line(question: str, answer: int | None, truth: int) -> Line:
    """Put a number of people beside the truth."""
    return Line(
        question=question,
        answer="none" if answer is None else str(answer),
        truth=str(truth),
        tolerance=f"± {PEOPLE_TOLERANCE}",
        is_right=answer is not None and abs(answer - truth) <= PEOPLE_TOLERANCE,
    )


def dwell_line(question: str, answer_ms: float | None, truth_s: float | None) -> Line:
    """Put a time that people stayed beside the truth."""
    if answer_ms is None or truth_s is None:
        is_right = answer_ms is None and truth_s is None
    else:
        is_right = abs(answer_ms / 1000 - truth_s) <= DWELL_TOLERANCE_S
    return Line(
        question=question,
        answer="none" if answer_ms is None else f"{answer_ms / 1000:.1f} s",
        truth="none" if truth_s is None else f"{truth_s:.1f} s",
        tolerance=f"± {DWELL_TOLERANCE_S:.0f} s",
        is_right=is_right,
    )


def _visits(summary: Summary, truth: Truth) -> list[Line]:
    """Visits that go from a door to a door, not cut into pieces at every camera; no line where no truth is told."""
    if not truth.visits_s:
        return []
    whole = [each for each in summary.visits if each.reason == "LEFT"]
    lengths = [each.duration_ms for each in whole if each.duration_ms is not None]
    return [
        people_line("whole visits", len(whole), len(truth.visits_s)),
        dwell_line("visits: median length", median(lengths) if lengths else None, median(truth.visits_s)),
    ]


def _busiest(summary: Summary, truth: Truth, start: datetime) -> Line:
    """The minute named must be one of those in which most came, or one with at most so many fewer as is tolerated."""
    most = max((minute.entered for minute in truth.minutes), default=0)
    busiest = summary.traffic.busiest_minute
    number = None if busiest is None else (busiest.start - start) // timedelta(minutes=1)
    really = {minute.minute: minute.entered for minute in truth.minutes}
    return Line(
        question="busiest minute",
        answer="none" if busiest is None else f"{_clock(number)}, {busiest.entered} came",
        truth=", ".join(
            f"{_clock(each.minute)}, {each.entered} came" for each in truth.minutes if each.entered == most
        ),
        tolerance=f"± {PEOPLE_TOLERANCE}",
        is_right=number is not None and really.get(number, 0) >= most - PEOPLE_TOLERANCE,
    )


def _clock(minute: int | None) -> str:
    return f"minute {(minute or 0) + 1}"
