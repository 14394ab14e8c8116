"""One fact of every type with every field filled, as the golden records hold them."""

from datetime import UTC, date, datetime, timedelta

from event_store.envelope import Envelope
from event_store.events import TYPE_OF
from event_store.events.alerts import AlertAcknowledged, AnomalyDetected, AnomalyEnded
from event_store.events.amendments import EventCorrected, RecordRetried, RecordSkipped
from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.clock import CameraMinute, MinutePassed
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import Box, Encrypted, Event, Evidence, Limit
from event_store.events.gaps import GapDetected
from event_store.events.heatmaps import FloorCounted
from event_store.events.items import ItemPicked, ItemReturned
from event_store.events.labels import LabelRead
from event_store.events.layouts import LayoutPublished
from event_store.events.lines import LineCrossed
from event_store.events.ops import (
    CameraCleared,
    CameraObscured,
    ModelSuspect,
    RecordDiverged,
    SpoolDrained,
    SpoolFilled,
)
from event_store.events.queues import QueueLeft, QueueLengthChanged
from event_store.events.restatements import MetricRestated, SampleRange, ZoneFigures
from event_store.events.restocks import RestockCompleted, RestockRequested
from event_store.events.sales import SaleRecorded
from event_store.events.shelves import ShelfCounted, ShelfEmpty, ShelfRestocked
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.workers import WatchedCamera, WatchResumed, WorkerReported, WorkerStopped
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.model import (
    Camera,
    Door,
    Facing,
    Fixture,
    Label,
    Layout,
    Line,
    Product,
    Rule,
    Shelf,
    Store,
    View,
    Zone,
)

OPENED = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
SEEN_AT = OPENED + timedelta(minutes=3, milliseconds=40)
STEPPED_IN, STEPPED_OUT = SEEN_AT + timedelta(seconds=1.2), SEEN_AT - timedelta(seconds=0.8)
TRIANGLE = [(0.0, 0.8), (1.0, 0.8), (0.5, 1.0)]
VISIT = "5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b"
TRACK = "0d6cf2a1-3c3e-8b6b-8f0a-6f2c9f9b7e11"
PROFILE = "3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42"
SECRET = Encrypted(key_id="8f2d1c0a-1b2c-4d3e-8f4a-5b6c7d8e9f00", ciphertext=bytes(range(60)))
LAYOUT_DIGEST = "ab" * 32

LAYOUT = Layout(
    store=Store(
        id="ginza-3",
        name="Ginza, third floor",
        time_zone="Asia/Tokyo",
        organisation="acme",
        currency="JPY",
        locale="ja_JP",
        floor=(12.0, 8.0),
        checkout="self",
        opening_hours={"mon": "09:00-21:00"},
        holidays=[date(2027, 1, 1)],
        plan_picture="plan.png",
        valid_from=OPENED,
    ),
    camera=[
        Camera(
            id="entrance",
            name="Entrance",
            model="person-vehicle-bike-detection-2001",
            floor_points=[
                ((0.1, 0.9), (0.0, 0.0)),
                ((0.9, 0.9), (4.0, 0.0)),
                ((0.7, 0.3), (4.0, 6.0)),
                ((0.3, 0.3), (0.0, 6.0)),
            ],
        )
    ],
    door=[Door(id="main", camera="entrance", polygon=TRIANGLE, name="Main door")],
    line=[Line(id="till-gate", camera="entrance", start=(0.2, 0.5), end=(0.8, 0.5), inside="right", name="Gate")],
    zone=[
        Zone(
            id="dairy",
            name="Dairy",
            kind="promotion",
            camera="entrance",
            polygon=TRIANGLE,
            floor_polygon=[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)],
            view=[View(camera="entrance", polygon=TRIANGLE)],
            min_dwell_s=3.0,
            debounce_s=0.4,
        )
    ],
    fixture=[Fixture(id="g2", kind="gondola", floor_polygon=[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], height_m=1.8)],
    shelf=[
        Shelf(
            id="A1",
            camera="entrance",
            fixture="g2",
            level=3,
            facing=[Facing(slot=1, polygon=TRIANGLE, sku="4901234567894", capacity=6, patience_s=15.0)],
            label=[Label(slot=1, polygon=TRIANGLE)],
        )
    ],
    product=[Product(sku="4901234567894", name="Milk 1 l", gtin="04901234567894", category="dairy", price="198")],
    rule=[
        Rule(
            id="too-many",
            kind="crowding",
            name="Too many in the dairy",
            severity="critical",
            zone="dairy",
            more_than=5,
            patience_s=30.0,
        )
    ],
)

EVIDENCE = Evidence(
    frame=4511,
    frame_time=SEEN_AT,
    input_digest="cd" * 32,
    region=Box(x0=0.25, y0=0.5, x1=0.375, y1=0.875),
    model_digest="ef" * 32,
    rule="door",
    rule_version=1,
    limits=[Limit(name="min_dwell_s", limit=2.0, measured=2.5)],
    frames=[4509, 4510, 4511],
)


def _seen(**of_the_fact: object) -> dict[str, object]:
    return {
        "time": SEEN_AT,
        "camera_id": "entrance",
        "confidence": 0.875,
        "layout_digest": LAYOUT_DIGEST,
        "model": "person-vehicle-bike-detection-2001",
        "evidence": EVIDENCE,
        "track_id": TRACK,
        "visit_id": VISIT,
        **of_the_fact,
    }


def _facing(**of_the_fact: object) -> dict[str, object]:
    person = {"track_id", "visit_id"}
    seen = {name: value for name, value in _seen().items() if name not in person}
    return {**seen, "model": "facing-look", "shelf_id": "A1", "slot": 1, "sku": "4901234567894", **of_the_fact}


_SAMPLES: tuple[Event, ...] = (
    ShopperEntered(**_seen(door_id="main", role="customer", stepped_in_at=STEPPED_IN)),  # type: ignore[arg-type]
    ShopperExited(**_seen(door_id="main", reason="left", role="customer", stepped_out_at=STEPPED_OUT)),  # type: ignore[arg-type]
    LineCrossed(**_seen(line_id="till-gate", direction="in")),  # type: ignore[arg-type]
    SaleRecorded(
        time=SEEN_AT,
        till_id="1",
        sale_id="20260302-0002",
        channel="till",
        total="-1280.50",
        currency="EUR",
        voided_sale_id="20260302-0001",
    ),
    ZoneEntered(**_seen(zone_id="dairy", zone_name="Dairy")),  # type: ignore[arg-type]
    ZoneExited(
        **_seen(zone_id="dairy", zone_name="Dairy", entered_at=OPENED, dwell_ms=180_040, reason="left")  # type: ignore[arg-type]
    ),
    ShelfCounted(**_facing(state="low", count=2)),  # type: ignore[arg-type]
    ShelfEmpty(**_facing(empty_since=OPENED)),  # type: ignore[arg-type]
    ShelfRestocked(**_facing(empty_since=OPENED, empty_ms=180_040, people=3, count=6)),  # type: ignore[arg-type]
    ItemPicked(**_facing(track_id=TRACK, visit_id=VISIT, count=2)),  # type: ignore[arg-type]
    ItemReturned(**_facing(track_id=TRACK, visit_id=VISIT, count=3, misplaced=True)),  # type: ignore[arg-type]
    RestockRequested(
        time=SEEN_AT, shelf_id="A1", slot=1, sku="4901234567894", camera_id="entrance", empty_since=OPENED
    ),
    RestockCompleted(
        time=SEEN_AT,
        shelf_id="A1",
        slot=1,
        sku="4901234567894",
        camera_id="entrance",
        empty_since=OPENED,
        requested_at=SEEN_AT,
        empty_ms=180_040,
        people=3,
    ),
    LabelRead(
        **_facing(  # type: ignore[arg-type]
            price="198", unit_price="19.80", currency="JPY", text="Milk 1 l\n198", readable=True
        )
    ),
    CameraOnline(
        time=SEEN_AT,
        camera_id="entrance",
        width_px=1920,
        height_px=1080,
        model="person-vehicle-bike-detection-2001",
        layout_digest=LAYOUT_DIGEST,
    ),
    CameraDark(time=SEEN_AT, camera_id="entrance", silence_ms=10_000, cause="the stream ended", delivered=False),
    CameraRestored(time=SEEN_AT, camera_id="entrance", dark_since=OPENED),
    MinutePassed(
        time=OPENED + timedelta(minutes=1),
        store_id="ginza-3",
        cameras=[CameraMinute(camera_id="entrance", frames=1500, last_frame_at=SEEN_AT, covered_ms=59_960)],
        occupancy=3,
    ),
    FloorCounted(
        time=OPENED + timedelta(minutes=5),
        store_id="ginza-3",
        day=OPENED,
        hour=9,
        columns=24,
        rows=16,
        cell_mm=500,
        cells=[25, 26, 49],
        people=[2, 1, 0],
        stay_ms=[61_500, 500, 1_000],
        stops=[2, 0, 0],
    ),
    QueueLengthChanged(time=SEEN_AT, zone_id="till", zone_name="Till", camera_id="entrance", length=3),
    QueueLeft(
        time=SEEN_AT,
        zone_id="till",
        zone_name="Till",
        camera_id="entrance",
        track_id=TRACK,
        visit_id=VISIT,
        joined_at=OPENED,
        served_at=OPENED + timedelta(minutes=2),
        wait_ms=120_000,
        outcome="served",
    ),
    AnomalyDetected(
        time=SEEN_AT,
        alert_id="too-many-1",
        rule_id="too-many",
        name="Too many in the dairy",
        kind="crowding",
        severity="critical",
        zone_id="dairy",
        camera_id="entrance",
        since=OPENED,
        people=7,
    ),
    AnomalyEnded(time=SEEN_AT, alert_id="too-many-1", detected_at=OPENED),
    AlertAcknowledged(time=SEEN_AT, alert_id="too-many-1", verdict="right"),
    GapDetected(time=SEEN_AT, source_id="/acme/ginza-3/camera/entrance/0a1b2c3d", first_missing=7, last_missing=9),
    LayoutPublished(time=OPENED, layout=LAYOUT, layout_digest=LAYOUT_DIGEST, valid_from=OPENED),
    ConsentGiven(time=SEEN_AT, profile_id=PROFILE, purpose="loyalty", concerns=SECRET, statement=SECRET),
    ConsentWithdrawn(time=SEEN_AT, profile_id=PROFILE, purpose="loyalty"),
    SubjectForgotten(time=SEEN_AT, forgotten=f"visit/{VISIT}", ground="requested", keys=1, pictures=2),
    EventCorrected(
        time=SEEN_AT,
        event_id="9b0f3a55-0f4e-8d2c-8a2d-6f0a3a1b2c3d",
        corrected_type="shopfloor.CameraRestored.v1",
        right={"camera_id": "entrance", "dark_since": "2026-03-02T00:00:00.000Z", "time": "2026-03-02T00:01:00.000Z"},
        fields=["dark_since", "time"],
        reason="mistimed",
    ),
    RecordRetried(time=SEEN_AT, topic="shopfloor.events", partition=3, offset=14),
    RecordSkipped(time=SEEN_AT, topic="shopfloor.events", partition=3, offset=15, reason="test"),
    MetricRestated(
        time=SEEN_AT,
        metric="zone_stays",
        zone_id="dairy",
        zone_name="Dairy",
        start=OPENED,
        end=OPENED + timedelta(days=31),
        old=ZoneFigures(people=12, stays=14, median_ms=21_300.0, p90_ms=40_200.5),
        new=ZoneFigures(people=9, stays=10, median_ms=30_100.0, p90_ms=44_000.0),
        old_layouts=[LAYOUT_DIGEST, "12" * 32],
        new_layout="34" * 32,
        samples=SampleRange(
            topic="shopfloor.samples", partition=3, start=100, end=90_100, count=88_000, digest="56" * 32
        ),
    ),
    ModelSuspect(
        time=SEEN_AT,
        worker="w1",
        camera_id="entrance",
        model="flood",
        model_digest="ef" * 32,
        detections_per_frame=48.5,
        matched_share=0.0625,
    ),
    CameraObscured(time=SEEN_AT, worker="w1", camera_id="aisle-1", how="frozen", since=SEEN_AT),
    CameraCleared(time=SEEN_AT, worker="w1", camera_id="aisle-1", obscured_since=SEEN_AT),
    SpoolFilled(time=SEEN_AT, worker="w1", limit_bytes=1_000_000_000, waiting_records=65_000),
    SpoolDrained(time=SEEN_AT, worker="w1", waiting_records=10),
    RecordDiverged(
        time=SEEN_AT,
        side="ledger",
        tree="shopfloor.events/3",
        leaf=1_041,
        offset=1_207,
        checkpoint=86_400,
        why="the record is not the one that was sealed",
    ),
    WorkerReported(
        time=SEEN_AT,
        worker="w1",
        started_at=OPENED,
        holds_ms=50_000,
        cameras=[
            WatchedCamera(
                camera_id="entrance",
                live=True,
                state="online",
                last_frame_at=SEEN_AT,
                obscured="covered",
                obscured_since=OPENED,
            )
        ],
    ),
    WorkerStopped(time=SEEN_AT, worker="w1", cameras=["entrance"]),
    WatchResumed(time=SEEN_AT, camera_id="entrance", worker="w1", unwatched_since=OPENED, stopped=True),
)
"""A new kind of fact, or a field that is added to one, is filled here; `make golden` then writes its golden record."""

SAMPLES = {TYPE_OF[type(event)]: event for event in _SAMPLES}


def sample_envelope(type_name: str) -> Envelope:
    """Return the sample of a type in an envelope with every attribute."""
    return Envelope(
        id="4c1b7c52-9a31-8c53-a2a4-0d3f1c9f3c55",
        source="/acme/ginza-3/camera/entrance/0a1b2c3d",
        sequence=42,
        organisation="acme",
        store="ginza-3",
        actor="worker/w1",
        event=SAMPLES[type_name],
        causationid="9b0f3a55-0f4e-8d2c-8a2d-6f0a3a1b2c3d",
        correlationid=VISIT,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
