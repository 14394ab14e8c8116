"""From a store and a period to its fact sheet, and from the sheet to the text of each slot."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from graphql_api.reports.calendar import Dates, known_period
from graphql_api.reports.claims import CLAIMS
from graphql_api.reports.door_claims import door_claims
from graphql_api.reports.errors import UnknownLanguage
from graphql_api.reports.fact_sheet import FactSheet
from graphql_api.reports.period_figures import Ask, find_figures
from graphql_api.reports.place_claims import camera_claims, line_claims, subject_claims
from graphql_api.reports.sentences import Fills
from graphql_api.reports.told import Told
from graphql_api.reports.values import Value
from graphql_api.reports.wording import english, japanese
from graphql_api.reports.zone_claims import zone_claims
from projections.read_models.cameras import find_cameras
from projections.read_models.stores import Store, find_known_since
from projections.scope import Page

LANGUAGES: Mapping[str, tuple[str, Callable[[Value], str]]] = {
    "en": ("english", english.fill),
    "ja": ("japanese", japanese.fill),
}
"""The languages by their codes, with the name of each one's files and how it puts values in words."""

MOST_CAMERAS = 1_000


async def find_told(ask: Ask, store: Store, dates: Dates, now: datetime) -> Told:
    """Ask the read models for all that a report may be about."""
    cameras = await ask(find_cameras, store.key, Page(MOST_CAMERAS))
    frames = [camera.last_frame_at for camera in cameras if camera.last_frame_at is not None]
    known = known_period(dates, ZoneInfo(store.time_zone), now, max(frames, default=None))
    since = await ask(find_known_since, store.key) or store.published_at
    before = known.before
    return Told(
        store=store.key,
        layout=store.layout,
        now=await find_figures(ask, store.key, store.layout, known, since),
        before=await find_figures(ask, store.key, store.layout, before, since) if since < before.end else None,
        is_first=since >= before.end,
        heard_of=bool(frames) and since < known.end,
    )


def make_sheet(told: Told) -> FactSheet:
    """Work out every claim that can be made, in the order of a report by rules."""
    makers = (subject_claims, door_claims, zone_claims, line_claims, camera_claims)
    made = {claim.name: claim for make in makers for claim in make(told)}
    return FactSheet(claims={name: made[name] for name in CLAIMS if name in made})


def fills(sheet: FactSheet, language: str) -> Fills:
    """Return the text of each slot in a language; raises `UnknownLanguage`."""
    if language not in LANGUAGES:
        raise UnknownLanguage(language, LANGUAGES)
    _, fill = LANGUAGES[language]
    return {slot: fill(value) for slot, value in sheet.slots.items()}
