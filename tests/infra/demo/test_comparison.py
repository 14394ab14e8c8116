"""Answers are put beside the truth; one that is off by more than its tolerance is wrong."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from infra.demo.comparison import compare
from infra.demo.questions import BusiestMinute, Dwell, Place, Summary, Traffic, Visit, Zone
from infra.demo.reported import Figure, Report, Sentence, compare_report
from infra.demo.story import MinuteTruth, Truth, ZoneTruth

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TRUTH = Truth(
    entered=14,
    left=12,
    zones={"dairy": ZoneTruth(visitors=5, median_dwell_s=8.0)},
    minutes=[MinuteTruth(minute=0, entered=5), MinuteTruth(minute=1, entered=8), MinuteTruth(minute=2, entered=1)],
)


def _summary(
    *, entered: int = 14, left: int = 12, visitors: int = 5, median_ms: float | None = 8000.0, minute: int | None = 1
) -> Summary:
    busiest = None if minute is None else BusiestMinute(start=NINE + timedelta(minutes=minute), entered=8)
    dairy = Zone(zone=Place(key="dairy", name="Dairy"), visitors=visitors, dwell=Dwell(median_ms=median_ms))
    return Summary(traffic=Traffic(entered=entered, left=left, busiest_minute=busiest), zones=[dairy])


def _wrong(summary: Summary) -> list[str]:
    return [line.question for line in compare(summary, TRUTH, NINE) if not line.is_right]


def test_the_truth_is_right() -> None:
    assert _wrong(_summary()) == []


def test_what_is_within_the_tolerance_is_right() -> None:
    assert _wrong(_summary(entered=13, left=13, visitors=6, median_ms=9900.0)) == []


@pytest.mark.parametrize(
    ("summary", "question"),
    [
        (_summary(entered=12), "entered"),
        (_summary(left=14), "left"),
        (_summary(visitors=3), "Dairy: visitors"),
        (_summary(median_ms=10_100.0), "Dairy: median dwell"),
        (_summary(median_ms=None), "Dairy: median dwell"),
        (_summary(minute=0), "busiest minute"),
        (_summary(minute=7), "busiest minute"),
        (_summary(minute=None), "busiest minute"),
    ],
)
def test_what_is_off_by_more_is_wrong(summary: Summary, question: str) -> None:
    assert _wrong(summary) == [question]


@pytest.mark.parametrize(
    ("reasons", "wrong"),
    [
        (["LEFT"] * 3, []),
        (["LEFT", "LEFT", "LOST", None], []),
        (["LOST"] * 3, ["whole visits", "visits: median length"]),
        ([], ["whole visits", "visits: median length"]),
    ],
)
def test_visits_that_are_cut_into_pieces_are_wrong(reasons: list[str | None], wrong: list[str]) -> None:
    truth = msgspec.structs.replace(TRUTH, visits_s=[30.0, 34.4, 40.0])
    visits = [Visit(reason=reason, duration_ms=34_400.0) for reason in reasons]

    lines = compare(msgspec.structs.replace(_summary(), visits=visits), truth, NINE)

    assert [line.question for line in lines if not line.is_right] == wrong


def test_visits_that_are_longer_than_they_were_are_wrong() -> None:
    truth = msgspec.structs.replace(TRUTH, visits_s=[30.0, 34.4, 40.0])
    visits = [Visit(reason="LEFT", duration_ms=length_ms) for length_ms in (32_000.0, 36_500.0, 42_000.0)]

    lines = compare(msgspec.structs.replace(_summary(), visits=visits), truth, NINE)

    assert [line.question for line in lines if not line.is_right] == ["visits: median length"]


def test_a_zone_that_nobody_knows_is_wrong() -> None:
    unknown = Summary(traffic=_summary().traffic, zones=[])

    assert _wrong(unknown) == ["dairy: visitors", "dairy: median dwell"]


def _report(*facts: Figure) -> Report:
    return Report(text="", writer="", sentences=[Sentence(text="", query="", facts=list(facts))])


@pytest.mark.parametrize(
    ("figure", "wrong"),
    [
        (Figure(subject="store", measure="entered", value=14), []),
        (Figure(subject="store", measure="entered", value=16), ["report: entered"]),
        (Figure(subject="store", measure="entered", value=None), ["report: entered"]),
        (Figure(subject="store", measure="left", value=9), ["report: left"]),
        (Figure(subject="zone/dairy", measure="visitors", value=7), ["report: dairy visitors"]),
        (Figure(subject="zone/dairy", measure="median stay", value=8_400), []),
        (Figure(subject="zone/dairy", measure="median stay", value=11_000), ["report: dairy median dwell"]),
        (Figure(subject="camera/aisle", measure="watched", value=0.5), []),
    ],
)
def test_a_figure_of_the_report_that_is_off_is_wrong(figure: Figure, wrong: list[str]) -> None:
    assert [line.question for line in compare_report(_report(figure), TRUTH) if not line.is_right] == wrong
