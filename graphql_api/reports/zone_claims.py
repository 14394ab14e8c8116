"""What the zones say: which held most people and held them longest, which changed, which nobody came to or watched."""

from collections.abc import Iterator, Sequence

from graphql_api.reports.fact_sheet import Claim, Fact
from graphql_api.reports.period_figures import ZoneFigures
from graphql_api.reports.places_watched import is_blind, is_whole
from graphql_api.reports.told import MOST_TIED, Told, change, named
from graphql_api.reports.values import AnyZone, Count, Duration, Names, Value

RANKED = 2
"""Of fewer zones none is the busiest."""
LEAST_OF = 3
"""Of fewer zones none is the quietest."""


def zone_claims(told: Told) -> Iterator[Claim]:
    """Yield what can be said of the zones of the layout."""
    zones = told.now.zones
    seen = [zone for zone in zones if zone.visitors > 0 or not is_blind(_share(told, zone))]
    blind = [zone for zone in zones if zone not in seen]
    if blind:
        yield _listed(told, "blind", blind)
    if len(zones) == 1:
        yield from _only(told, seen)
    elif seen and all(is_whole(_share(told, zone)) for zone in zones):
        yield from _ranked(told, zones)
    else:
        yield from _partly(told, seen)


def _share(told: Told, zone: ZoneFigures) -> float:
    return told.coverage.of_zone(zone.zone_id)


def _visitors(told: Told, zone: ZoneFigures) -> Count:
    return Count(zone.visitors, "visitors", at_least=not is_whole(_share(told, zone)))


def _fact(told: Told, zone: ZoneFigures, measure: str = "visitors", value: float | None = None) -> Fact:
    known = zone.visitors if measure == "visitors" else value
    unit = "ms" if measure == "median stay" else "people"
    return told.fact("find_zone_stays", f"zone/{zone.zone_id}", measure, known, unit, _share(told, zone))


def _stay(told: Told, zone: ZoneFigures) -> list[Fact]:
    return [] if zone.median_ms is None else [_fact(told, zone, "median stay", round(zone.median_ms))]


def _one(told: Told, name: str, zone: ZoneFigures, *, with_stay: bool) -> Claim:
    values: dict[str, Value] = {"zone": Names([zone.name]), "n": _visitors(told, zone)}
    facts = [_fact(told, zone)]
    if with_stay and zone.median_ms is not None:
        values["dwell"] = Duration.of(zone.median_ms)
        facts += _stay(told, zone)
    return Claim(name=name, values=values, facts=facts)


def _listed(told: Told, name: str, zones: Sequence[ZoneFigures]) -> Claim:
    names, more = named([zone.name for zone in zones])
    facts = [
        told.fact(
            "find_zone_stays", f"zone/{zone.zone_id}", "visitors", None if name == "blind" else 0, "people",
            _share(told, zone),
        )
        for zone in zones
    ]  # fmt: skip
    return Claim(name=name, values={"zones": Names(names, more)}, facts=facts)


def _only(told: Told, seen: Sequence[ZoneFigures]) -> Iterator[Claim]:
    for zone in seen:
        if zone.visitors > 0:
            yield _one(told, "only", zone, with_stay=True)
        elif is_whole(_share(told, zone)):
            yield _listed(told, "idle", [zone])


def _partly(told: Told, seen: Sequence[ZoneFigures]) -> Iterator[Claim]:
    """Say what cameras that missed some of the time saw: no ranks, no comparisons."""
    top = _top(seen, [zone.visitors for zone in seen])
    if len(top) == 1:
        yield _one(told, "seen", top[0], with_stay=False)
    if idle := [zone for zone in seen if zone.visitors == 0 and is_whole(_share(told, zone))]:
        yield _listed(told, "idle", idle)


def _ranked(told: Told, zones: Sequence[ZoneFigures]) -> Iterator[Claim]:
    idle = [zone for zone in zones if zone.visitors == 0]
    if len(idle) == len(zones):
        facts = [_fact(told, zone) for zone in zones]
        yield Claim(name="idle_all", values={"zones": AnyZone(len(zones))}, facts=facts)
        yield from _changed(told, zones)
        return
    stayed = [zone for zone in zones if zone.median_ms is not None]
    busiest = _top(zones, [zone.visitors for zone in zones])
    longest = _top(stayed, [_seconds(zone) for zone in stayed]) if len(stayed) >= RANKED else []
    if len(busiest) == 1 and longest == busiest:
        yield _one(told, "busylong", busiest[0], with_stay=True)
    else:
        yield from _busiest(told, busiest)
        yield from _longest(told, longest)
    if idle:
        yield _listed(told, "idle", idle)
    elif len(zones) >= LEAST_OF:
        least = _top(zones, [-zone.visitors for zone in zones])
        if len(least) == 1:
            yield _one(told, "least", least[0], with_stay=False)
    yield from _changed(told, zones)


def _seconds(zone: ZoneFigures) -> int:
    return 0 if zone.median_ms is None else Duration.of(zone.median_ms).seconds


def _top(zones: Sequence[ZoneFigures], values: Sequence[int]) -> list[ZoneFigures]:
    """Return the zones that have most of something; none where nobody has any."""
    most = max(values, default=0)
    return [] if most == 0 else [zone for zone, value in zip(zones, values, strict=True) if value == most]


def _busiest(told: Told, busiest: Sequence[ZoneFigures]) -> Iterator[Claim]:
    if len(busiest) == 1:
        yield _one(told, "busy", busiest[0], with_stay=True)
    elif len(busiest) <= MOST_TIED:
        values: dict[str, Value] = {"zones": Names([zone.name for zone in busiest]), "n": _visitors(told, busiest[0])}
        yield Claim(name="busy_tie", values=values, facts=[_fact(told, zone) for zone in busiest])


def _longest(told: Told, longest: Sequence[ZoneFigures]) -> Iterator[Claim]:
    if not longest or len(longest) > MOST_TIED:
        return
    dwell = Duration(_seconds(longest[0]))
    facts = [fact for zone in longest for fact in _stay(told, zone)]
    if len(longest) == 1:
        yield Claim(name="long", values={"zone": Names([longest[0].name]), "dwell": dwell}, facts=facts)
    else:
        names = Names([zone.name for zone in longest])
        yield Claim(name="long_tie", values={"zones": names, "dwell": dwell}, facts=facts)


def _changed(told: Told, zones: Sequence[ZoneFigures]) -> Iterator[Claim]:
    """Say which zone gained and which lost most, where all were watched in both periods."""
    before = {} if told.before is None else {zone.zone_id: zone for zone in told.before.zones}
    if not all(zone.zone_id in before and is_whole(told.coverage_before.of_zone(zone.zone_id)) for zone in zones):
        return
    gains = [zone.visitors - before[zone.zone_id].visitors for zone in zones]
    for name, sign in (("riser", 1), ("faller", -1)):
        signed = [sign * gain for gain in gains]
        top = _top(zones, signed) if max(signed) > 0 else []
        if len(top) == 1:
            yield _change(told, name, top[0], before[top[0].zone_id])


def _change(told: Told, name: str, zone: ZoneFigures, before: ZoneFigures) -> Claim:
    share = told.coverage_before.of_zone(zone.zone_id)
    earlier = told.fact_before("find_zone_stays", f"zone/{zone.zone_id}", "visitors", before.visitors, "people", share)
    values: dict[str, Value] = {
        "zone": Names([zone.name]),
        "n": _visitors(told, zone),
        "change": change(zone.visitors, before.visitors, "visitors"),
        "before": told.earlier(Count(before.visitors, "visitors")),
    }
    return Claim(name=name, values=values, facts=[_fact(told, zone), earlier])
