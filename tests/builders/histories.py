"""A store's long day: every kind of fact, sent again, lost, unreadable and out of the ordinary."""

import random
from datetime import timedelta

import msgspec

from event_store.events.alerts import AlertAcknowledged, AnomalyEnded
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import Encrypted, Event
from event_store.events.gaps import GapDetected
from event_store.events.lines import LineCrossed
from event_store.events.sales import Channel
from event_store.layout.model import Rule
from event_store.serialization import encode
from tests.builders.facts import (
    anomaly,
    came,
    checkout,
    completed,
    counted,
    crossed,
    emptied,
    floor_counted,
    label_read,
    minute_passed,
    picked,
    published,
    queue_left,
    queue_length,
    requested,
    restocked,
    returned,
    sold,
    stepped_in,
    stepped_out,
    went,
)
from tests.builders.logs import GINZA, Log
from tests.builders.records import MINUTE, NOON, envelope
from tests.builders.workers import reported, stopped

RULE = Rule(id="long", kind="loitering", longer_than_s=240.0)


def long_day(store: str = GINZA, *, shoppers: int = 40, seed: int = 3) -> Log:
    """Return the log of a day in which everything happens that the catalogue has a fact for."""
    chance = random.Random(seed)  # noqa: S311  # a day that can be had again
    events = sorted(_facts(store, shoppers, chance), key=lambda event: event.time)
    log = Log(store)
    for event in events:
        log.add(event)
        _mishap(log, chance)
    return log


def _facts(store: str, shoppers: int, chance: random.Random) -> list[Event]:
    events: list[Event] = [
        published(store, at=NOON),
        checkout(NOON + MINUTE, RULE) if store == GINZA else published(store, at=NOON + MINUTE),
        published(store, at=NOON + 300 * MINUTE, time_zone="Europe/Oslo", dairy="Milk and cheese"),
        CameraOnline(time=NOON, camera_id="entrance", width_px=640, height_px=480, model="m", layout_digest="22" * 32),
        CameraDark(time=NOON + 100 * MINUTE, camera_id="entrance", silence_ms=10_000, cause="the stream ended"),
        CameraRestored(time=NOON + 110 * MINUTE, camera_id="entrance", dark_since=NOON + 100 * MINUTE),
        GapDetected(time=NOON + MINUTE, source_id=f"/{store}/camera/back/run0", first_missing=4, last_missing=9),
    ]
    events += [
        minute_passed(NOON + minute * MINUTE, "entrance", covered_ms=chance.choice([60_000, 20_000]))
        for minute in range(0, 600, 7)
    ]
    events += [reported(NOON + minute * MINUTE, started_at=NOON) for minute in range(3)]
    events += [stopped(NOON + 3 * MINUTE), reported(NOON + 9 * MINUTE, started_at=NOON + 9 * MINUTE)]
    for number in range(shoppers):
        events += _visit(f"visit-{number}", chance)
    return events + _privacy(chance) + _shelf(chance) + _floor(chance) + _tills(chance) + _alerts()


def _alerts() -> list[Event]:
    """A rule finds something, which ends; somebody takes notice."""
    return [
        anomaly("too-many-1", NOON + MINUTE),
        anomaly("too-many-2", NOON + 5 * MINUTE),
        AnomalyEnded(time=NOON + 3 * MINUTE, alert_id="too-many-1", detected_at=NOON + MINUTE),
        AlertAcknowledged(time=NOON + 9 * MINUTE, alert_id="too-many-1", verdict="wrong"),
    ]


def _floor(chance: random.Random) -> list[Event]:
    """Cells of the floor are used, hour after hour."""
    used = [(chance.randint(0, 3), chance.randint(1, 90_000), chance.randint(0, 2)) for _ in range(8)]
    return [floor_counted(NOON + 25 * number * MINUTE, {25: each, 26: used[0]}) for number, each in enumerate(used)]


def _tills(chance: random.Random) -> list[Event]:
    """Tills sell, give back and take back, in several channels and currencies."""
    channels: list[Channel] = ["till", "self", "web"]
    return [
        sold(
            str(number),
            f"{chance.choice(['', '-'])}{chance.randint(0, 99)}.{chance.randint(0, 9999):04d}",
            NOON + chance.randint(1, 500) * MINUTE,
            channel=chance.choice(channels),
            currency=chance.choice(["JPY", "NOK"]),
            voids=chance.choice([None, None, "1"]),
        )
        for number in range(30)
    ]


def _shelf(chance: random.Random) -> list[Event]:
    """Facings are counted, run empty and are filled, and their labels are read; visitors take and bring back."""
    events: list[Event] = []
    for slot in range(1, 5):
        since = NOON + chance.randint(10, 100) * MINUTE
        told, filled = since + MINUTE, since + chance.randint(5, 200) * MINUTE
        events += [counted(slot, "full", since - 9 * MINUTE, count=6), emptied(slot, since, told)]
        events += [requested(slot, since, told), label_read(slot, f"{slot}98", since)]
        if slot > 1:
            events += [restocked(slot, since, filled, people=3), completed(slot, since, told, filled)]
        events += [label_read(slot, None, filled), picked(slot, f"visit-{slot}", since), picked(slot, None, filled)]
        events.append(returned(slot, f"visit-{slot}", since + MINUTE, misplaced=slot == 1))
    return events


def _privacy(chance: random.Random) -> list[Event]:
    """Profiles agree, change their mind and are forgotten; so are visits, some of them while they go on."""
    profiles = [f"{number:08d}-6a1b-4c7d-9f0e-2b8f6f6e9d42" for number in range(4)]
    secret = Encrypted(key_id="k", ciphertext=bytes(40))
    at = [NOON + chance.randint(1, 400) * MINUTE for _ in profiles]
    events: list[Event] = [
        ConsentGiven(time=when, profile_id=profile, purpose=purpose, concerns=None, statement=secret)
        for profile, when in zip(profiles, at, strict=True)
        for purpose in ("loyalty", "marketing")
    ]
    events += [
        ConsentWithdrawn(time=at[1] + MINUTE, profile_id=profiles[1], purpose="marketing"),
        ConsentWithdrawn(time=at[3] + 9 * MINUTE, profile_id=profiles[3], purpose="loyalty"),
    ]
    gone = [(f"profile/{profiles[2]}", at[2] + 5 * MINUTE), (f"profile/{profiles[3]}", at[3] + 5 * MINUTE)]
    gone += [(f"visit/visit-{number}", NOON + chance.randint(50, 500) * MINUTE) for number in range(9)]
    return events + [
        SubjectForgotten(time=when, forgotten=subject, ground="requested", keys=1, pictures=0) for subject, when in gone
    ]


def _visit(visit: str, chance: random.Random) -> list[Event]:
    at = NOON + chance.uniform(1, 500) * MINUTE
    at -= timedelta(microseconds=at.microsecond % 1000)
    events: list[Event] = [came(visit, at, role=chance.choice(["customer", "employee", "unknown"]))]
    for zone in chance.sample(["dairy", "tills"], chance.randint(0, 2)):
        since, at = at, at + chance.randint(1, 9) * MINUTE
        events += [stepped_in(visit, zone, since), stepped_out(visit, zone, since, at)]
        if zone == "tills":
            events += [queue_length(1, since), queue_left(visit, since, at), queue_length(0, at)]
    for _ in range(chance.randint(0, 3)):
        at += chance.randint(1, 50) * MINUTE / 10
        crossing: LineCrossed = crossed("gate", chance.choice(["in", "out"]), at)
        events.append(crossing)
    if chance.random() < 0.9:
        known = visit if chance.random() < 0.95 else None
        events.append(went(known, at + MINUTE, reason=chance.choice(["left", "left", "lost", "camera_down"])))
    return events


def _mishap(log: Log, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.05:
        log.again(chance.randrange(log.end))
    elif what < 0.07:
        log.skip(count=chance.randint(1, 3))
    elif what < 0.09:
        log.add_bytes(chance.choice([b"", b"{", b"\xff", None, b"[]"]))
    elif what < 0.10:
        hid = envelope(came(f"visit-{chance.randint(0, 39)}"), log.end + 1, store=log.store, camera="new")
        log.add_bytes(msgspec.json.encode({**msgspec.json.decode(encode(hid)), "type": "shopfloor.ShopperHid.v1"}))
