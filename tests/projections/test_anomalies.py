"""Rules of a layout, each on a small story."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from event_store.events.alerts import AnomalyDetected, AnomalyEnded
from event_store.events.cameras import CameraOnline
from event_store.events.event import Event
from event_store.events.layouts import LayoutPublished
from event_store.events.workers import WatchedCamera, WorkerReported
from event_store.layout.model import Rule
from event_store.layout.rules import KINDS as CHECKED
from projections.folding.rows import TableRows
from projections.policies.anomalies import Anomalies, AnomaliesRow
from projections.policies.anomaly_rules import KINDS, is_open
from tests.builders.facts import checkout, minute_passed, queue_length, stepped_in, stepped_out
from tests.builders.records import MINUTE, NOON, SECOND, history

HOURS = {"mon": "09:00-21:00", "tue": "22:00-02:00"}


def ruled(**rule: Any) -> LayoutPublished:
    """The tills are a checkout, the dairy is restricted; it is 21:00 on a Monday in Tokyo."""
    plain = checkout().layout
    kinds: Any = {"dairy": "restricted", "tills": "checkout"}
    zones = [msgspec.structs.replace(each, kind=kinds[each.id]) for each in plain.zone]
    store = msgspec.structs.replace(plain.store, opening_hours=HOURS)
    layout = msgspec.structs.replace(plain, zone=zones, store=store, rule=[Rule(id="rule", **rule)])
    return LayoutPublished(time=NOON, layout=layout, layout_digest="00" * 32, valid_from=NOON)


def told(*facts: Event) -> list[Any]:
    rows: TableRows[AnomaliesRow] = TableRows()
    found: list[Event] = []
    for fact in history(*facts):
        found += Anomalies().decide(rows.of("acme", "ginza-3"), fact)
    return found


def found(*facts: Event) -> list[tuple[str, float, Any]]:
    """What is told: its fact, the second, and how many people it is about."""
    return [
        (type(each).__name__, (each.time - NOON).total_seconds(), getattr(each, "people", None))
        for each in told(*facts)
    ]


def reported(seconds: float, since: float | None) -> WorkerReported:
    camera = WatchedCamera(
        camera_id="entrance",
        live=True,
        state="online",
        last_frame_at=NOON,
        obscured=None if since is None else "covered",
        obscured_since=None if since is None else NOON + since * SECOND,
    )
    at = NOON + seconds * SECOND
    return WorkerReported(time=at, worker="w1", started_at=NOON, holds_ms=50_000, cameras=[camera])


def test_who_enters_a_restricted_zone_is_told_once_for_each_stay() -> None:
    story = (stepped_in("ann", "dairy"), minute_passed(NOON + MINUTE), stepped_in("bob", "dairy", NOON + 2 * MINUTE))
    gone = stepped_out("ann", "dairy", NOON, NOON + 3 * MINUTE)

    assert found(ruled(kind="restricted"), *story, gone) == [
        ("AnomalyDetected", 0, 1),
        ("AnomalyDetected", 120, 1),
        ("AnomalyEnded", 180, None),
    ]
    assert found(ruled(kind="restricted"), stepped_in("ann", "tills")) == []


def test_who_stays_for_too_long_is_told_by_the_next_minute() -> None:
    story = (stepped_in("ann", "tills"), minute_passed(NOON + MINUTE), minute_passed(NOON + 2 * MINUTE))

    assert found(ruled(kind="loitering", longer_than_s=90.0), *story) == [("AnomalyDetected", 120, 1)]
    assert told(ruled(kind="loitering", longer_than_s=90.0), *story)[0].since == NOON
    assert found(ruled(kind="loitering", longer_than_s=90.0, zone="dairy"), *story) == []


def test_a_crowd_is_told_once_for_its_zone_after_its_patience_and_ends() -> None:
    people = [stepped_in(f"visit-{number}", "dairy", NOON + number * SECOND) for number in range(4)]
    goes = [stepped_out(f"visit-{number}", "dairy", NOON + number * SECOND, NOON + 3 * MINUTE) for number in range(2)]
    rule = ruled(kind="crowding", more_than=2, patience_s=30.0)

    assert found(rule, *people, minute_passed(NOON + MINUTE), minute_passed(NOON + 2 * MINUTE), *goes) == [
        ("AnomalyDetected", 60, 4),
        ("AnomalyEnded", 180, None),
    ]
    assert found(rule, *people, *[stepped_out("visit-3", "dairy", NOON + 3 * SECOND, NOON + 9 * SECOND)] * 2) == []


def test_a_line_that_is_too_long_is_told_once_it_has_been_for_the_patience() -> None:
    rule = ruled(kind="queue", more_than=3, patience_s=60.0)
    long, short = queue_length(4, NOON), queue_length(3, NOON + 50 * SECOND)

    assert found(rule, long, short, minute_passed(NOON + 2 * MINUTE)) == []
    assert found(rule, long, minute_passed(NOON + MINUTE), queue_length(5, NOON + 2 * MINUTE)) == [
        ("AnomalyDetected", 60, 4)
    ]


def test_somebody_in_the_store_outside_of_its_opening_hours_is_told() -> None:
    late = NOON + 5 * MINUTE  # the store closes at 21:00 in Tokyo, which is noon

    assert found(ruled(kind="closed"), stepped_in("ann", "tills", late)) == [("AnomalyDetected", 300, 1)]
    assert found(ruled(kind="closed"), stepped_in("ann", "tills", late - 6 * MINUTE)) == [("AnomalyDetected", 0, 1)]


def test_a_covered_camera_is_told_after_the_patience_and_when_it_sees_again() -> None:
    rule = ruled(kind="covered", patience_s=30.0)

    assert found(rule, reported(20, 5), reported(40, 5), reported(60, 5), reported(80, None)) == [
        ("AnomalyDetected", 40, None),
        ("AnomalyEnded", 80, None),
    ]
    assert told(rule, reported(40, 5))[0].camera_id == "entrance"


def test_a_store_without_rules_remembers_nothing() -> None:
    rows: TableRows[AnomaliesRow] = TableRows()
    for fact in history(checkout(), stepped_in("ann", "dairy")):
        assert not list(Anomalies().decide(rows.of("acme", "ginza-3"), fact))

    assert rows.changes() == []


def test_a_rule_that_is_taken_out_ends_what_it_told() -> None:
    facts = told(ruled(kind="restricted"), stepped_in("ann", "dairy"), checkout(NOON + MINUTE))

    assert [type(each) for each in facts] == [AnomalyDetected, AnomalyEnded]
    assert facts[0].alert_id == facts[1].alert_id == "rule-1"


def test_whom_a_run_before_saw_is_not_there_any_more() -> None:
    online = CameraOnline(
        time=NOON + MINUTE, camera_id="entrance", width_px=640, height_px=480, model="m", layout_digest="22" * 32
    )

    assert [each[0] for each in found(ruled(kind="restricted"), stepped_in("ann", "dairy"), online)] == [
        "AnomalyDetected",
        "AnomalyEnded",
    ]


@pytest.mark.parametrize(
    ("minutes", "opened"), [(-721, False), (-1, True), (0, False), (13 * 60, False), (25 * 60, True), (29 * 60, False)]
)
def test_a_store_is_open_in_its_own_hours_also_after_midnight(minutes: int, *, opened: bool) -> None:
    assert is_open(ruled(kind="closed").layout, NOON + timedelta(minutes=minutes)) is opened


def test_every_kind_of_the_layout_has_a_check_and_a_rule_behind_it() -> None:
    kinds = set(Rule.__annotations__["kind"].__args__)

    assert set(KINDS) == kinds == set(CHECKED)


def test_what_is_remembered_names_nobody() -> None:
    rows: TableRows[AnomaliesRow] = TableRows()
    for fact in history(ruled(kind="restricted"), stepped_in("ann", "dairy")):
        list(Anomalies().decide(rows.of("acme", "ginza-3"), fact))

    assert b"ann" not in msgspec.json.encode([row for _, row in rows.changes()])
