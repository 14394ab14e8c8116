"""What a report may claim: only what holds for certain."""

from datetime import date

import msgspec
import pytest

from event_store.layout.model import Store
from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.claims import CLAIMS, NEUTRAL
from graphql_api.reports.opening import open_spans
from graphql_api.reports.sheets import LANGUAGES, fills, make_sheet
from infra.report_gate.edges import EDGES, Day, told
from projections.read_models.visits import VisitLengths

SUBJECT = set(NEUTRAL)


def _claims(edge: str) -> set[str]:
    return set(make_sheet(EDGES[edge]).claims) - SUBJECT


@pytest.mark.parametrize(
    ("edge", "claims"),
    [
        ("a usual day", {"visits_up", "busy", "long", "least", "riser", "faller", "line_in", "cams_all"}),
        ("fewer than before", {"visits_down", "busy_tie", "long", "line_even"}),
        ("as many as before", {"visits_same", "length_same"}),
        ("no visitors", {"visits_zero", "idle_all", "faller", "line_zero", "cams_all"}),
        ("one zone", {"visits_first", "only"}),
        ("one zone that nobody came to", {"idle"}),
        ("no doors", {"visits_apart", "busy"}),
        ("ties everywhere", {"visits_same", "peak_tie", "busy_tie", "long_tie"}),
        ("ten empty zones", {"busy", "long", "idle"}),
        ("a dark camera", {"visits_up", "blind", "cams_dark"}),
        ("a camera at the doors that was dark", {"visits_unknown", "busy", "cams_dark"}),
        ("a camera that missed some of it", {"visits_apart", "left", "busy", "cams_part"}),
        ("zones that were watched in part", {"visits_up", "seen", "cams_part"}),
        ("nobody seen, and not always watched", {"visits_unseen", "cams_part"}),
        ("everything is zero and nothing was watched", {"visits_unknown", "blind", "cams_unknown"}),
        ("all cameras went dark", {"visits_unknown", "blind", "cams_dark"}),
        ("a month that is not over", {"running", "quiet"}),
    ],
)
def test_what_holds_may_be_claimed(edge: str, claims: set[str]) -> None:
    assert claims <= _claims(edge)


@pytest.mark.parametrize(
    ("edge", "claims"),
    [
        ("forty zones alike", {"busy", "busy_tie", "long", "long_tie", "least"}),
        ("ten empty zones", {"least"}),
        ("one zone", {"busy", "least", "long"}),
        ("a dark camera", {"busy", "long", "least", "riser", "faller", "idle", "seen"}),
        ("a camera at the doors that was dark", {"visits_zero", "peak", "inside", "length_first", "line_in", "left"}),
        ("a camera that missed some of it", {"visits_up", "visits_first", "peak", "inside", "line_in"}),
        ("zones that were watched in part", {"busy", "long", "least", "riser", "faller"}),
        ("a camera that missed some of the day before", {"visits_up", "visits_first", "riser", "faller", "length_up"}),
        ("everything is zero and nothing was watched", {"visits_zero", "idle", "idle_all", "cams_dark", "line_zero"}),
        ("first day ever", {"visits_apart", "visits_up", "riser", "faller"}),
        ("a usual day", {"running", "quiet"}),
    ],
)
def test_what_is_not_certain_is_not_claimed(edge: str, claims: set[str]) -> None:
    assert claims & _claims(edge) == set()


def test_what_nobody_watched_is_null_in_the_facts_and_never_zero() -> None:
    sheet = make_sheet(EDGES["all cameras went dark"])

    values = {fact.subject: fact.value for name in ("visits_unknown", "blind") for fact in sheet.claims[name].facts}
    assert values == dict.fromkeys(("store", "zone/z00", "zone/z01", "zone/z02"))


def test_a_count_that_was_not_watched_all_the_time_is_a_lower_bound() -> None:
    filled = fills(make_sheet(EDGES["a camera that missed some of it"]), "en")

    told = {slot.token: text for slot, text in filled.items()}
    assert told["<visits_apart.n>"] == "at least 51 people"
    assert told["<cams_part.list>"] == "Entrance (62% of the time)"


def test_every_figure_names_its_question_and_the_share_that_was_watched() -> None:
    (fact, before) = make_sheet(EDGES["a usual day"]).claims["visits_up"].facts

    assert fact.query == "find_passages(store=default/corner, from=2026-01-04T23:00:00Z, to=2026-01-05T23:00:00Z)"
    assert before.query == "find_passages(store=default/corner, from=2025-12-28T23:00:00Z, to=2025-12-29T23:00:00Z)"
    assert (fact.value, before.value, fact.coverage) == (51, 22, 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edge", EDGES)
def test_every_slot_of_every_edge_case_can_be_filled(edge: str, language: str) -> None:
    filled = fills(make_sheet(EDGES[edge]), language)

    assert all(text and "\n" not in text for text in filled.values())
    assert all(slot.field in CLAIMS[slot.claim] for slot in filled)


def test_how_long_visits_lasted_is_told_only_where_nearly_all_were_followed_from_door_to_door() -> None:
    usual = EDGES["first day ever"]
    few = msgspec.structs.replace(usual.now, lengths=VisitLengths(visits=45, median_ms=7_000.0))

    assert "length_first" in make_sheet(usual).claims
    assert "length_first" not in make_sheet(msgspec.structs.replace(usual, now=few)).claims


def test_a_camera_is_expected_to_watch_while_the_store_is_open() -> None:
    open_hours = Store(id="a", name="A", time_zone="Europe/Oslo", opening_hours={"mon": "09:00-21:00"})
    known = told(Day(zones=[(0, None)] * 3)).now.known
    sunday = told(Day(zones=[(0, None)] * 3), dates=Dates.of(Length.DAY, date(2026, 1, 4))).now.known

    ((opened, closed),) = open_spans(open_hours, known, known.start)
    assert (f"{opened:%H:%M}", f"{closed:%H:%M}") == ("08:00", "20:00")
    assert open_spans(open_hours, sunday, sunday.start) == [(sunday.start, sunday.end)]
    assert open_spans(msgspec.structs.replace(open_hours, opening_hours={}), known, opened) == [(opened, known.end)]
