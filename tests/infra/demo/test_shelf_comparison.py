"""Answers about shelves are put beside the truth: a pick counts only where, and when, one really was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.demo.shelf_truth import Gap, Handled, LabelText, ShelfTruth
from infra.demo.shelves import Item, Label, Movement, Restock, Shelf, ShelfSummary, compare_shelves

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
MILK, BUTTER = ("a", 1), ("a", 2)
NAMES = {MILK: "Milk", BUTTER: "Butter"}
TRUTH = ShelfTruth(
    handled=[
        Handled(shelf_id="a", slot=1, movement="picked", at_s=10.0),
        Handled(shelf_id="a", slot=2, movement="picked", at_s=20.0),
        Handled(shelf_id="a", slot=2, movement="returned", at_s=30.0),
        Handled(shelf_id="a", slot=1, movement="restocked", at_s=50.0),
    ],
    gaps=[Gap(shelf_id="a", slot=1, from_s=10.0, to_s=50.0)],
    labels=[LabelText(shelf_id="a", slot=1, price="21.90"), LabelText(shelf_id="a", slot=2, price="59.90")],
)


def at(second: float) -> datetime:
    return NINE + timedelta(seconds=second)


def moved(movement: Movement, place: tuple[str, int], second: float) -> Item:
    return Item(movement=movement, shelf=Shelf(place[0]), slot=place[1], moved_at=at(second))


PICKS = (moved(Movement.PICKED, MILK, 9.0), moved(Movement.PICKED, BUTTER, 21.0))
RIGHT = ShelfSummary(
    items=(*PICKS, moved(Movement.RETURNED, BUTTER, 32.0)),
    restocks=(Restock(shelf=Shelf("a"), slot=1, empty_since=at(9.0), empty_ms=41_000.0),),
    labels=(Label(shelf=Shelf("a"), slot=1, price="21.90"), Label(shelf=Shelf("a"), slot=2, price="59.90")),
)


def wrong(summary: ShelfSummary) -> list[str]:
    return [line.question for line in compare_shelves(summary, TRUTH, NINE, NAMES) if not line.is_right]


def test_what_is_within_the_tolerance_is_right() -> None:
    lines = compare_shelves(RIGHT, TRUTH, NINE, NAMES)

    assert [line.question for line in lines] == [
        "facings that ran empty",
        "Milk: ran empty after",
        "Milk: empty for",
        "items picked",
        "items put back",
        "Milk: price on the label",
        "Butter: price on the label",
    ]
    assert all(line.is_right for line in lines)


@pytest.mark.parametrize(
    ("change", "questions"),
    [
        ({"items": RIGHT.items[1:]}, ["items picked"]),
        ({"items": (*RIGHT.items, moved(Movement.PICKED, MILK, 40.0))}, ["items picked"]),
        ({"items": (*RIGHT.items, moved(Movement.PICKED, MILK, 10.0))}, ["items picked"]),
        ({"items": (moved(Movement.PICKED, BUTTER, 9.0), *RIGHT.items[1:])}, ["items picked"]),
        ({"items": (moved(Movement.PICKED, MILK, 15.5), *RIGHT.items[1:])}, ["items picked"]),
        ({"items": (*RIGHT.items, moved(Movement.RETURNED, MILK, 50.0))}, ["items put back"]),
        ({"restocks": ()}, ["facings that ran empty", "Milk: ran empty after", "Milk: empty for"]),
        ({"labels": RIGHT.labels[1:]}, ["Milk: price on the label"]),
        ({"labels": (RIGHT.labels[0],)}, ["Butter: price on the label"]),
    ],
    ids=["missed", "false", "told twice", "elsewhere", "late", "a restock", "no gap", "no price", "another label"],
)
def test_what_is_off_is_wrong(change: dict[str, Any], questions: list[str]) -> None:
    assert wrong(msgspec.structs.replace(RIGHT, **change)) == questions


@pytest.mark.parametrize(
    ("since", "empty_ms", "questions"),
    [
        (13.5, 37_500.0, ["Milk: ran empty after"]),
        (10.0, 43_500.0, ["Milk: empty for"]),
        (10.0, None, ["Milk: empty for"]),
    ],
)
def test_a_gap_that_begins_or_ends_at_another_time_is_wrong(
    since: float, empty_ms: float | None, questions: list[str]
) -> None:
    gap = Restock(shelf=Shelf("a"), slot=1, empty_since=at(since), empty_ms=empty_ms)

    assert wrong(msgspec.structs.replace(RIGHT, restocks=(gap,))) == questions


def test_what_is_told_beside_the_real_picks_is_said_in_the_answer() -> None:
    summary = msgspec.structs.replace(RIGHT, items=(*RIGHT.items, moved(Movement.PICKED, MILK, 40.0)))

    (line,) = [each for each in compare_shelves(summary, TRUTH, NINE, NAMES) if each.question == "items picked"]

    assert (line.answer, line.truth) == ("3, 2 of them real", "2")


def test_a_store_without_shelves_has_no_rows() -> None:
    assert compare_shelves(ShelfSummary(), ShelfTruth(), NINE, {}) == []
