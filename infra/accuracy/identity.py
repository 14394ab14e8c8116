"""Whether each visit is one person from door to door."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

import msgspec
import numpy as np
from trackers.eval import compute_hota_metrics, compute_identity_metrics

from event_store.events.visits import ShopperEntered, ShopperExited
from infra.accuracy.fused import Sight, Watched
from vision_workers.cameras.moments import EPOCH
from vision_workers.simulator.truth import StoreTruth
from vision_workers.tracking.association import overlap

SAME = 0.5
"""Intersection over union above which a track's box is a person's."""
IN_SIGHT = 0.3
"""Of whom less can be seen is not asked for."""
ALMOST_ALL = 0.9
AT_DOOR_S = 3.0


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that was told, in seconds of the clip."""

    visit_id: str
    from_s: float
    to_s: float | None
    reason: str | None
    number: int | None
    """The person whom it shows almost all the time; null for nobody or several."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """How well a day's people were kept apart."""

    people: int
    """Who came in and left."""
    visits: int
    whole: int
    length_s: float
    true_length_s: float
    idf1: float
    hota: float


def visits_of(watched: Watched) -> list[Visit]:
    """Return the visits that were told, each with its person."""
    seen = _shown(watched.sights)
    exits = {fact.visit_id: fact for fact in watched.facts if isinstance(fact, ShopperExited)}
    return [
        Visit(
            visit_id=fact.visit_id or "",
            from_s=_began(fact),
            to_s=None if ended is None else _ended(ended),
            reason=None if ended is None else ended.reason,
            number=_one(seen.get(fact.visit_id or "", Counter())),
        )
        for fact in watched.facts
        if isinstance(fact, ShopperEntered)
        for ended in [exits.get(fact.visit_id)]
    ]


def judge(watched: Watched, truth: StoreTruth) -> Identity:
    """Put the visits beside who really came."""
    stays = {each.number: (each.entered[0].at_s, each.left[-1].at_s) for each in truth.shoppers if each.left}
    visits = visits_of(watched)
    lengths = [each.to_s - each.from_s for each in visits if each.to_s is not None and each.reason == "left"]
    metrics = _metrics(watched.sights)
    return Identity(
        people=len(stays),
        visits=len(visits),
        whole=sum(_is_whole(each, stays) for each in visits),
        length_s=median(lengths) if lengths else 0.0,
        true_length_s=median(to - since for since, to in stays.values()),
        idf1=float(compute_identity_metrics(*metrics)["IDF1"]),
        hota=float(compute_hota_metrics(*metrics)["HOTA"]),
    )


def _is_whole(visit: Visit, stays: dict[int, tuple[float, float]]) -> bool:
    if visit.number not in stays or visit.to_s is None or visit.reason != "left":
        return False
    since, to = stays[visit.number]
    return abs(visit.from_s - since) <= AT_DOOR_S and abs(visit.to_s - to) <= AT_DOOR_S


def _one(people: Counter[int]) -> int | None:
    number, times = next(iter(people.most_common(1)), (None, 0))
    return number if times >= ALMOST_ALL * people.total() else None


def _shown(sights: Iterable[Sight]) -> dict[str, Counter[int]]:
    """Count by visit whom its boxes show."""
    shown: dict[str, Counter[int]] = {}
    for sight in sights:
        for visit, box in sight.visits:
            best = max(sight.people, key=lambda each: overlap(each.box, box), default=None)
            if best is not None and overlap(best.box, box) >= SAME:
                shown.setdefault(visit, Counter())[best.number] += 1
    return shown


def _metrics(sights: Sequence[Sight]) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Return people, visits and how alike their boxes are, picture by picture, as the metrics want them."""
    numbers: dict[str, int] = {}
    people, visits, alike = [], [], []
    for sight in sights:
        there = [each for each in sight.people if each.visible >= IN_SIGHT]
        people.append(np.array([each.number for each in there], dtype=int))
        visits.append(np.array([numbers.setdefault(visit, len(numbers)) for visit, _ in sight.visits], dtype=int))
        table = [[overlap(each.box, box) for _, box in sight.visits] for each in there]
        alike.append(np.array(table, dtype=float).reshape(len(there), len(sight.visits)))
    return people, visits, alike


def _began(fact: ShopperEntered) -> float:
    return _second(fact.stepped_in_at or fact.time)


def _ended(fact: ShopperExited) -> float:
    return _second(fact.stepped_out_at or fact.time)


def _second(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()
