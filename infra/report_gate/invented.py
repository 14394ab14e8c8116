"""Stores that do not exist: figures at random, as read models could answer them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from event_store.layout.model import Camera, Door, Layout, Line, Store, Zone
from graphql_api.reports.calendar import Dates, KnownPeriod, known_period
from graphql_api.reports.calendar import Length as PeriodLength
from graphql_api.reports.period_figures import LineFigures, PeriodFigures, ZoneFigures, cuts_of
from graphql_api.reports.told import Told
from projections.read_models.occupancy import Inside
from projections.read_models.traffic import Passage
from projections.read_models.visits import VisitLengths
from projections.scope import StoreKey

CORNER = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
_SYLLABLES = ("ka", "rel", "mo", "vint", "su", "dor", "ple", "xan", "bri", "ost", "ume", "fjo", "ghi", "zel", "quo")
_NAMES = ("{0}", "{0} {1}", "{0} & {1}", "{0} 2", "{0}/{1}", "Zone 12 {0}", "7 {0} Street", "{0}-{1} aisle")
_ZONES_OF_TIME = ("Asia/Tokyo", "Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of store to invent."""

    zones: int
    scale: int
    """About how many visitors."""
    ties: bool
    watched: Sequence[float]
    """The shares of the time that its cameras watched, in the period and in the one before."""
    watched_before: Sequence[float]
    is_first: bool
    length: PeriodLength
    is_over: bool


def shape(random: Random) -> Shape:
    """Invent a shape: most stores are watched all the time, some are not."""
    cameras = random.choice([1, 1, 2, 3, 5])
    return Shape(
        zones=random.choice([0, 1, 2, 3, 4, 6, 8, 12, 40]),
        scale=random.choice([0, 3, 40, 400, 9_000, 3_000_000]),
        ties=random.random() < 0.2,  # noqa: PLR2004  # now and then
        watched=_shares(random, cameras),
        watched_before=_shares(random, cameras),
        is_first=random.random() < 0.15,  # noqa: PLR2004  # the same
        length=random.choice(list(PeriodLength)),
        is_over=random.random() < 0.7,  # noqa: PLR2004  # the same
    )


def _shares(random: Random, cameras: int) -> list[float]:
    whole = random.random() < 0.65  # noqa: PLR2004  # most are
    return [1.0 if whole else random.choice([0.0, 0.004, 0.3, 0.62, 0.94, 0.95, 1.0]) for _ in range(cameras)]


def invent(random: Random) -> Told:
    """Invent a store and what happened in it."""
    wanted = shape(random)
    layout = _layout(random, wanted)
    day = date(2027, 1, 1) + timedelta(days=random.randrange(2000))
    dates = Dates.of(wanted.length, day)
    zone = ZoneInfo(layout.store.time_zone)
    now = _now(random, dates, zone, is_over=wanted.is_over)
    known = known_period(dates, zone, now, now)
    return Told(
        store=StoreKey(layout.store.organisation, layout.store.id),
        layout=layout,
        now=_figures(random, wanted, layout, known, wanted.watched),
        before=None if wanted.is_first else _figures(random, wanted, layout, known.before, wanted.watched_before),
        is_first=wanted.is_first,
        heard_of=random.random() < 0.9 or any(wanted.watched),  # noqa: PLR2004  # most have
    )


def _now(random: Random, dates: Dates, zone: ZoneInfo, *, is_over: bool) -> datetime:
    start, end = dates.start(zone), dates.end(zone)
    if is_over:
        return end + timedelta(days=3)
    return start + (end - start) * random.uniform(0.01, 0.99)


def name(random: Random) -> str:
    """Invent a name."""
    words = ["".join(random.choice(_SYLLABLES) for _ in range(random.choice([2, 3]))).title() for _ in range(2)]
    return random.choice(_NAMES).format(*words)


def _layout(random: Random, wanted: Shape) -> Layout:
    cameras = [Camera(id=f"cam-{n}", source="x", name=f"{name(random)} c{n}") for n in range(len(wanted.watched))]
    return Layout(
        store=Store(id=f"store-{random.randrange(10**6)}", name=name(random), time_zone=random.choice(_ZONES_OF_TIME)),
        camera=cameras,
        door=[] if random.random() < 0.05 else [Door(id="main", camera=cameras[0].id, polygon=CORNER)],  # noqa: PLR2004
        line=[
            Line(id=f"line-{n}", camera=random.choice(cameras).id, start=(0, 0), end=(1, 1), inside="left",
                 name=f"{name(random)} l{n}")
            for n in range(random.choice([0, 1, 1, 3]))
        ],
        zone=[
            Zone(id=f"zone-{n}", name=f"{name(random)} z{n}", camera=random.choice(cameras).id, polygon=CORNER)
            for n in range(wanted.zones)
        ],
    )  # fmt: skip


def _number(random: Random, wanted: Shape, share: float = 1.0) -> int:
    if wanted.ties:
        return random.choice([0, 1, 2, 2, 3]) * max(1, wanted.scale // 100)
    return random.randrange(int(wanted.scale * share) + 1)


def _figures(
    random: Random, wanted: Shape, layout: Layout, known: KnownPeriod, watched: Sequence[float]
) -> PeriodFigures:
    cuts = cuts_of(known)
    periods = list(pairwise(cuts))
    passages = [
        Passage(start=start, end=end, entered=_number(random, wanted, 1 / len(periods)) if any(watched) else 0, left=0)
        for start, end in periods
    ]
    entered = sum(each.entered for each in passages)
    shares = dict(zip([camera.id for camera in layout.camera], watched, strict=True))
    return PeriodFigures(
        known=known,
        entered=entered,
        left=max(0, entered - random.randrange(3)),
        lengths=VisitLengths(visits=entered, median_ms=random.uniform(500, 4e6) if entered else None),
        passages=passages,
        inside=[
            Inside(start=start, end=end, inside=0, peak=random.randrange(1 + min(entered, 30)))
            for start, end in periods
        ],
        zones=sorted((_zone(random, wanted, zone, shares) for zone in layout.zone), key=lambda zone: zone.zone_id),
        lines=[
            LineFigures(line_id=line.id, name=str(line.name), inward=_number(random, wanted),
                      outward=_number(random, wanted))
            for line in layout.line
        ],
        watched=shares,
    )  # fmt: skip


def _zone(random: Random, wanted: Shape, zone: Zone, shares: dict[str, float]) -> ZoneFigures:
    visitors = _number(random, wanted) if shares[str(zone.camera)] > 0 else 0
    stayed = visitors if random.random() < 0.9 else 0  # noqa: PLR2004  # now and then all are still there
    median_ms = None if not stayed else 7_000.0 if wanted.ties else random.uniform(100, 4e6)
    return ZoneFigures(zone_id=zone.id, name=zone.name, visitors=visitors, median_ms=median_ms)
