"""What the doors say: who came and left, when most did, how many were inside, how long visits lasted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from graphql_api.reports.fact_sheet import Claim, Fact
from graphql_api.reports.period_figures import PeriodFigures, part_of
from graphql_api.reports.places_watched import is_blind, is_whole
from graphql_api.reports.told import MOST_TIED, Told, change, comparable
from graphql_api.reports.values import Count, Duration, Moments, Value
from projections.read_models.periods import Period
from projections.read_models.traffic import Passage

SAME_LENGTH = 0.05
"""Visits whose median differs by less than this share last about as long."""
MOST_QUIET_DAYS = 3
"""A quietest day is told of at least so many."""
FOLLOWED = 0.9
"""Where fewer of those who left were followed from door to door, the others may have stayed much longer or shorter."""
STORE = "store"


def door_claims(told: Told) -> Iterator[Claim]:
    """Yield what can be said of the doors."""
    yield _visits(told)
    share = told.coverage.of_doors()
    left = told.now.left
    if left > 0:
        count = Count(left, "people", at_least=not is_whole(share))
        yield Claim(name="left", values={"n": count}, facts=[_left(told, share)])
    if is_whole(share) and told.now.entered > 0:
        yield from _peak(told, share)
        yield from _quiet(told, share)
        yield from _inside(told, share)
        yield from _length(told, share)


def _visits(told: Told) -> Claim:
    share, entered = told.coverage.of_doors(), told.now.entered
    fact = told.fact("find_passages", STORE, "entered", entered, "people", share)
    if entered == 0 and is_blind(share):
        unknown = told.fact("find_passages", STORE, "entered", None, "people", share)
        return Claim(name="visits_unknown", values={"n": "unknown"}, facts=[unknown])
    if entered == 0:
        name = "visits_zero" if is_whole(share) else "visits_unseen"
        return Claim(name=name, values={"n": "nobody"}, facts=[fact])
    count = Count(entered, "people", at_least=not is_whole(share))
    if told.is_first:
        return Claim(name="visits_first", values={"n": count}, facts=[fact])
    share_before = told.coverage_before.of_doors()
    if told.before is None or not comparable(share, share_before):
        return Claim(name="visits_apart", values={"n": count}, facts=[fact])
    before = told.before.entered
    earlier = told.fact_before("find_passages", STORE, "entered", before, "people", share_before)
    values: dict[str, Value] = {"n": count, "before": told.earlier(Count(before, "people"))}
    if entered == before:
        return Claim(name="visits_same", values=values, facts=[fact, earlier])
    values["change"] = change(entered, before, "people")
    name = "visits_up" if entered > before else "visits_down"
    return Claim(name=name, values=values, facts=[fact, earlier])


def _left(told: Told, share: float) -> Fact:
    return told.fact("find_passages", STORE, "left", told.now.left, "people", share)


def _peak(told: Told, share: float) -> Iterator[Claim]:
    passages = told.now.passages
    most = max(each.entered for each in passages)
    top = [each for each in passages if each.entered == most]
    if len(passages) == 1 or len(top) > MOST_TIED:
        return
    values: dict[str, Value] = {
        "when": _moments(told, [(each.start, each.end) for each in top]),
        "n": Count(most, "people"),
    }
    fact = told.fact("find_passages", STORE, f"most entered in one {part_of(told.now.known)}", most, "people", share)
    yield Claim(name="peak" if len(top) == 1 else "peak_tie", values=values, facts=[fact])


def _quiet(told: Told, share: float) -> Iterator[Claim]:
    days = _whole_days(told)
    if len(days) < MOST_QUIET_DAYS:
        return
    least = min(each.entered for each in days)
    bottom = [each for each in days if each.entered == least]
    if len(bottom) == 1:
        values: dict[str, Value] = {
            "when": _moments(told, [(bottom[0].start, bottom[0].end)]),
            "n": Count(least, "people"),
        }
        fact = told.fact("find_passages", STORE, "fewest entered in a day", least, "people", share)
        yield Claim(name="quiet", values=values, facts=[fact])


def _whole_days(told: Told) -> Sequence[Passage]:
    """Return the days that are over and had visitors; a store is closed on others."""
    known = told.now.known
    if part_of(known) is not Period.DAY:
        return []
    days = told.now.passages if known.is_over else told.now.passages[:-1]
    return [day for day in days if day.entered > 0]


def _inside(told: Told, share: float) -> Iterator[Claim]:
    parts = zip(told.now.inside, told.now.passages, strict=True)
    if any(inside.peak is None and passage.entered > 0 for inside, passage in parts):
        return  # people came while nobody could know how many were inside
    most = max(each.peak or 0 for each in told.now.inside)
    top = [(each.start, each.end) for each in told.now.inside if each.peak == most]
    if most > 0 and len(top) <= MOST_TIED:
        values: dict[str, Value] = {"n": Count(most, "people"), "when": _moments(told, top)}
        fact = told.fact("find_occupancy", STORE, "most inside at once", most, "people", share)
        yield Claim(name="inside", values=values, facts=[fact])


def _length(told: Told, share: float) -> Iterator[Claim]:
    median_ms = _median(told.now)
    if median_ms is None:
        return
    shown = Duration.of(median_ms)
    fact = told.fact("find_visit_lengths", STORE, "median visit", round(median_ms), "ms", share)
    share_before = told.coverage_before.of_doors()
    before_ms = None if told.before is None else _median(told.before)
    if before_ms is None or not comparable(share, share_before):
        yield Claim(name="length_first", values={"typical": shown}, facts=[fact])
        return
    earlier = Duration.of(before_ms)
    values: Mapping[str, Value] = {"typical": shown, "before": told.earlier(earlier)}
    fact_before = told.fact_before("find_visit_lengths", STORE, "median visit", round(before_ms), "ms", share_before)
    yield Claim(name=_length_name(shown, earlier), values=values, facts=[fact, fact_before])


def _median(figures: PeriodFigures) -> float | None:
    """Return how long visits lasted; none where too few of those who left had been followed from their coming."""
    lengths = figures.lengths
    return lengths.median_ms if lengths.visits >= FOLLOWED * figures.left else None


def _length_name(now: Duration, before: Duration) -> str:
    if abs(now.seconds - before.seconds) <= SAME_LENGTH * before.seconds:
        return "length_same"
    return "length_up" if now.seconds > before.seconds else "length_down"


def _moments(told: Told, spans: Sequence[tuple[datetime, datetime]]) -> Moments:
    known = told.now.known
    local = [(start.astimezone(known.zone), end.astimezone(known.zone)) for start, end in spans]
    return Moments(local, are_days=part_of(known) is Period.DAY)
