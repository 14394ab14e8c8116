"""What the shelves say through GraphQL, beside the truth: gaps, picks, returns and price labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from infra.demo.comparison import Line
from infra.demo.questions import Client
from infra.demo.shelf_truth import Gap, Handled, Happened, Place, ShelfTruth, count_real

GAP_WITHIN_S, MOVED_WITHIN_S = 3.0, 5.0
"""Who stands at a facing hides it: what they did is dated to when it was in sight last."""
QUERY = """
query Shelves($store: ID!, $start: DateTime!) {
  store(id: $store) {
    items(range: {moments: {start: $start}}, first: 100) { nodes { movement movedAt slot shelf { key } } }
    restocks(range: {moments: {start: $start}}, first: 100) { nodes { emptySince emptyMs slot shelf { key } } }
    labels { price slot shelf { key } }
  }
}
"""


class Movement(StrEnum):
    """Whether an item was taken or put back."""

    PICKED = "PICKED"
    RETURNED = "RETURNED"


class Shelf(msgspec.Struct, frozen=True):
    """A shelf."""

    key: str


class _AtFacing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    shelf: Shelf
    slot: int

    @property
    def place(self) -> Place:
        """Shelf and slot."""
        return self.shelf.key, self.slot


class Item(_AtFacing, frozen=True, kw_only=True):
    """An item that was taken or put back."""

    movement: Movement
    moved_at: datetime


class Restock(_AtFacing, frozen=True, kw_only=True):
    """A gap that was told, and how long it was."""

    empty_since: datetime
    empty_ms: float | None


class Label(_AtFacing, frozen=True, kw_only=True):
    """What a label says."""

    price: str | None


class ShelfSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo compares with the truth."""

    items: Sequence[Item] = ()
    restocks: Sequence[Restock] = ()
    labels: Sequence[Label] = ()


def ask_shelves(client: Client, store: str, start: datetime) -> ShelfSummary:
    """Ask for all that happened at the shelves since a moment; raises `DemoUnanswered`."""
    known = client.ask(QUERY, {"store": store, "start": start.isoformat()})["store"]
    nodes = {name: known[name]["nodes"] for name in ("items", "restocks")}
    return msgspec.convert(nodes | {"labels": known["labels"]}, ShelfSummary)


def compare_shelves(
    summary: ShelfSummary, truth: ShelfTruth, start: datetime, names: Mapping[Place, str]
) -> list[Line]:
    """Put the answers about shelves beside the truth; none where the truth knows of no shelf."""
    if not truth.labels:
        return []
    return [
        *_gaps(summary.restocks, truth.gaps, start, names),
        _moved("items picked", Movement.PICKED, summary.items, truth.of("picked"), start),
        _moved("items put back", Movement.RETURNED, summary.items, truth.of("returned"), start),
        *_labels(summary.labels, truth, names),
    ]


def _gaps(
    restocks: Sequence[Restock], gaps: Sequence[Gap], start: datetime, names: Mapping[Place, str]
) -> Iterator[Line]:
    yield _count("facings that ran empty", len(restocks), len(gaps))
    for gap in gaps:
        own = [each for each in restocks if each.place == gap.place]
        told = min(own, key=lambda each: abs(_second(each.empty_since, start) - gap.from_s), default=None)
        began = None if told is None else _second(told.empty_since, start)
        lasted = None if told is None or told.empty_ms is None else told.empty_ms / 1000
        yield _seconds(f"{names[gap.place]}: ran empty after", began, gap.from_s)
        if gap.to_s is not None:
            yield _seconds(f"{names[gap.place]}: empty for", lasted, gap.to_s - gap.from_s)


def _moved(
    question: str, movement: Movement, items: Iterable[Item], handled: Sequence[Handled], start: datetime
) -> Line:
    """A pick is right where, and when, one really was; each real one makes one right."""
    told = [Happened(each.place, _second(each.moved_at, start)) for each in items if each.movement is movement]
    right = count_real(told, [Happened(each.place, each.at_s) for each in handled], MOVED_WITHIN_S)
    return Line(
        question=question,
        answer=str(len(told)) if right == len(told) else f"{len(told)}, {right} of them real",
        truth=str(len(handled)),
        tolerance=f"± {MOVED_WITHIN_S:.0f} s",
        is_right=right == len(told) == len(handled),
    )


def _labels(labels: Sequence[Label], truth: ShelfTruth, names: Mapping[Place, str]) -> Iterator[Line]:
    said = {each.place: each.price for each in labels}
    for each in truth.labels:
        price = said.get(each.place)
        yield Line(
            question=f"{names[each.place]}: price on the label",
            answer=price or "none",
            truth=each.price,
            tolerance="exact",
            is_right=price == each.price,
        )


def _count(question: str, answer: int, truth: int) -> Line:
    return Line(question=question, answer=str(answer), truth=str(truth), tolerance="exact", is_right=answer == truth)


def _seconds(question: str, answer_s: float | None, truth_s: float) -> Line:
    return Line(
        question=question,
        answer="none" if answer_s is None else f"{answer_s:.1f} s",
        truth=f"{truth_s:.1f} s",
        tolerance=f"± {GAP_WITHIN_S:.0f} s",
        is_right=answer_s is not None and abs(answer_s - truth_s) <= GAP_WITHIN_S,
    )


def _second(at: datetime, start: datetime) -> float:
    return (at - start).total_seconds()
