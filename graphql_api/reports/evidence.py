"""The recorded facts behind a report's figures: some of those that each figure counts, by their ids."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from event_store.events import TYPE_OF
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from graphql_api.reports.calendar import KnownPeriod
from graphql_api.reports.fact_sheet import Claim, Fact, FactSheet
from graphql_api.reports.period_figures import Ask
from projections.evidence import Cited, find_cited
from projections.read_models.visits import find_visits
from projections.read_models.zones import StaysWanted, find_stays
from projections.scope import Page, StoreKey

MOST_VISITS = 5
MOST_STAYS = 3
"""For each zone."""
MOST_EVENTS = 5
"""For each figure."""

_BEHIND: Mapping[str, Sequence[type]] = {
    "entered": (ShopperEntered,),
    "left": (ShopperExited,),
    "median visit": (ShopperExited,),
    "most inside at once": (ShopperEntered,),
    "visitors": (ZoneEntered,),
    "median stay": (ZoneExited,),
    "inward": (LineCrossed,),
    "outward": (LineCrossed,),
    "watched": (CameraDark, CameraRestored, CameraOnline),
}
"""The types of the facts that each measure is counted from."""


async def cite(ask: Ask, store: StoreKey, place: tuple[str, int], known: KnownPeriod, sheet: FactSheet) -> FactSheet:
    """Return the sheet with the ids of recorded facts beside its figures; facts in the archive have none here."""
    zones = sorted({fact.subject for claim in sheet.claims.values() for fact in claim.facts if _is_zone(fact)})
    subjects = {f"visit/{visit.visit_id}" for visit in await ask(find_visits, store, known.range, Page(MOST_VISITS))}
    for zone in zones:
        _, _, zone_id = zone.partition("/")
        stays = await ask(find_stays, store, known.range, Page(MOST_STAYS), StaysWanted(zone_id=zone_id))
        subjects |= {f"visit/{stay.visit_id}" if stay.visit_id else f"track/{stay.track_id}" for stay in stays}
    subjects |= {
        fact.subject for claim in sheet.claims.values() for fact in claim.facts if fact.subject.startswith("camera/")
    }
    cited = await ask(find_cited, store, place, known.range, sorted(subjects))
    claims = {name: _with_events(claim, cited) for name, claim in sheet.claims.items()}
    return FactSheet(claims=claims)


def _is_zone(fact: Fact) -> bool:
    return fact.subject.startswith("zone/") and bool(fact.value)


def _with_events(claim: Claim, cited: Sequence[Cited]) -> Claim:
    facts = [msgspec.structs.replace(fact, events=list(_events(fact, cited))[:MOST_EVENTS]) for fact in claim.facts]
    return msgspec.structs.replace(claim, facts=facts)


def _events(fact: Fact, cited: Iterable[Cited]) -> Iterable[str]:
    types = {TYPE_OF[each] for each in _BEHIND.get(fact.measure, ())}
    return (each.event_id for each in cited if each.type in types and _is_about(fact, each))


def _is_about(fact: Fact, cited: Cited) -> bool:
    kind, _, name = fact.subject.partition("/")
    data = msgspec.json.decode(cited.value, type=_Wire).data
    match kind:
        case "zone":
            return data.get("zone_id") == name
        case "line":
            return data.get("line_id") == name and data.get("direction") == fact.measure.removesuffix("ward")
        case "camera":
            return cited.subject == fact.subject
    return True


class _Wire(msgspec.Struct):
    data: dict[str, Any]
