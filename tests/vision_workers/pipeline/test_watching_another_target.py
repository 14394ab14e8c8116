"""A second kind of object, a place without a network, and two cameras together: each watched from one file."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from event_store.events.event import Box, CameraFact, Event, Reason
from event_store.layout.model import Layout
from event_store.serialization import encode
from tests.builders.films import GREEN, RED, Walker, film
from tests.builders.networks import always, save_model
from tests.builders.watching import NOON, Collected, layout, store_plan, watch
from vision_workers.detectors import (
    DETECTORS,
    CameraNeeds,
    Detector,
    Device,
    Finding,
    Method,
    ObjectDetector,
    RegionDetector,
    make_detectors,
)
from vision_workers.detectors.catalogue import DetectorMaker
from vision_workers.detectors.errors import NoDetector
from vision_workers.detectors.regions import Changes, Crops, RegionFinding, RegionSettings
from vision_workers.frames import Detection, Frame, Picture
from vision_workers.models import Models, read_model_folder
from vision_workers.observed import ObservedFrame
from vision_workers.pipeline import StorePlan
from vision_workers.pipeline.frame_order import FrameOrder
from vision_workers.pipeline.lanes import DetectedFrame, Lane
from vision_workers.pipeline.observer import Observer
from vision_workers.pipeline.schedule import Schedule
from vision_workers.targets import PEOPLE, Target, Want
from vision_workers.tracking import TrackingLimits
from vision_workers.watchers import (
    STORE_WATCHERS,
    WATCHERS,
    PlaceSeen,
    ShopperWatcher,
    Site,
    StoreSite,
    StoreWatcherKind,
    WatcherKind,
    wants_of,
)
from vision_workers.watchers.evidence import Rule

RULE = Rule("throw-away", 1)
LEFT_HALF = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
RIGHT_HALF = [(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]


class Seen(CameraFact, frozen=True, kw_only=True):
    """Something was seen for the first time."""

    what: str


CARTS: Target[Detection] = Target("cart", TrackingLimits())


class CartWatcher:
    """Says each cart once."""

    def __init__(self, site: Site, _shoppers: ShopperWatcher, /) -> None:
        self._witness, self._known = site.witness(CARTS), set[str]()

    @staticmethod
    def wants(_layout: Layout, camera_id: str) -> Sequence[Want]:
        return [Want(target=CARTS)] if camera_id == "door" else []

    def observe(self, frame: ObservedFrame) -> list[Event]:
        carts = frame.of(CARTS)
        assert carts is not None
        seen: list[Event] = []
        for track in carts.observation.tracks:
            if track.id not in self._known:
                self._known.add(track.id)
                place = PlaceSeen(region=track.box, confidence=track.confidence, frames=track.frames)
                shared = self._witness.testify_of_place(frame.time, place, carts.observation, RULE, [])
                seen.append(Seen(**shared, what=f"cart {track.id}"))
        return seen

    def finish(self, frame: ObservedFrame, reason: Reason) -> list[Event]:
        carts = frame.of(CARTS)
        place = PlaceSeen(region=None, confidence=1.0, frames=())
        assert carts is not None
        shared = self._witness.testify_of_place(frame.time, place, carts.observation, RULE, [])
        return [Seen(**shared, what=f"{reason} {track.id}") for track in carts.observation.lost]


class Brightness(msgspec.Struct, frozen=True):
    region: str
    mean: float


LIGHT: Target[Brightness] = Target("light")


def brightness(crops: Crops) -> list[Brightness]:
    return [Brightness(name, float(pixels.mean())) for name, pixels in crops.items()]


class LightWatcher:
    """Says whenever a half of the picture becomes bright."""

    def __init__(self, site: Site, _shoppers: ShopperWatcher, /) -> None:
        self._witness, self._bright = site.witness(LIGHT), set[str]()

    @staticmethod
    def wants(_layout: Layout, _camera_id: str) -> Sequence[Want]:
        return [Want(target=LIGHT, every=timedelta(seconds=0.5))]

    def observe(self, frame: ObservedFrame) -> list[Event]:
        light = frame.of(LIGHT)
        if light is None:
            return []
        now = {each.region for each in light.things if each.mean > 5}
        became, self._bright = sorted(now - self._bright), now
        halves = {"left": LEFT_HALF, "right": RIGHT_HALF}
        places = {name: PlaceSeen.around(halves[name], 1.0, (frame.frame,)) for name in became}
        return [
            Seen(**self._witness.testify_of_place(frame.time, places[name], light.observation, RULE, []), what=name)
            for name in became
        ]

    def finish(self, frame: ObservedFrame, _reason: Reason, /) -> list[Event]:
        assert frame.of(LIGHT) is None
        return []


def light_detector(_needs: CameraNeeds, _want: Want) -> RegionDetector[Brightness]:
    return RegionDetector(LIGHT, Method("brightness", 1), {"left": LEFT_HALF, "right": RIGHT_HALF}, brightness)


def cart_detector(folder: Path) -> DetectorMaker:
    """Return a maker of detectors by a network of their own, which sees a cart in every picture."""
    save_model(always([(0.6, 0.5, 0.8, 0.9, 0.9)]), folder)
    description = folder / "model.toml"
    description.write_text(description.read_text().replace("person = 1", "cart = 1"))
    model = read_model_folder(folder)
    return lambda needs, want: needs.device.detector(model, want.target)


def plan_for(
    plan: StorePlan,
    model: ObjectDetector,
    makers: Mapping[str, DetectorMaker],
    watchers: tuple[WatcherKind, ...] = (),
    store_watchers: tuple[StoreWatcherKind, ...] = (),
) -> StorePlan:
    """Return the plan with what is watched besides, and the detectors that this wants."""
    kinds, device = (*WATCHERS, *watchers), Device("CPU")
    cameras = [
        msgspec.structs.replace(
            camera,
            detectors=make_detectors(
                CameraNeeds(
                    layout=plan.layout,
                    camera_id=camera.camera_id,
                    model=model.model,
                    models=Models(Path()),
                    device=device,
                ),
                wants_of(plan.layout, camera.camera_id, kinds),
                {**DETECTORS, **makers},
            ),
        )
        for camera in plan.cameras
    ]
    return msgspec.structs.replace(
        plan, cameras=tuple(cameras), watchers=kinds, store_watchers=(*STORE_WATCHERS, *store_watchers)
    )


def seen_by(collected: Collected) -> list[Seen]:
    return [each.event for each in collected.facts if isinstance(each.event, Seen)]


def test_a_second_kind_of_object_is_watched_beside_people(blobs: ObjectDetector, tmp_path: Path) -> None:
    for camera in ("door", "aisle"):
        film(tmp_path / f"{camera}.mp4")
    plan = store_plan(layout("door", "aisle"), blobs, tmp_path)

    _, seen = watch([plan_for(plan, blobs, {"cart": cart_detector(tmp_path / "carts")}, (CartWatcher,))])

    first, last = seen_by(seen)
    assert first.what.startswith("cart ")
    assert last.what == first.what.replace("cart", "source_end")
    assert (first.camera_id, first.model, first.evidence.rule) == ("door", "carts", "throw-away")
    assert first.evidence.region is not None
    assert first.evidence.region.x0 == pytest.approx(0.6, abs=0.01)
    assert first.evidence.frames == [0, 1, 2]
    people = [encode(each) for each in watch([plan])[1].facts if "/aisle/" in each.source or "/clock/" in each.source]
    assert people == [encode(each) for each in seen.facts if "/aisle/" in each.source or "/clock/" in each.source]


def test_facts_about_people_do_not_change_by_what_else_is_watched(blobs: ObjectDetector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    plan = store_plan(layout("door"), blobs, tmp_path)

    _, alone = watch([plan])
    _, beside = watch([plan_for(plan, blobs, {"light": light_detector}, (LightWatcher,))])

    events = [each.event for each in beside.facts if not isinstance(each.event, Seen)]
    assert len(events) > 5
    assert events == [each.event for each in alone.facts]
    assert [step.samples for step in alone.steps] == [step.samples for step in beside.steps]


def test_a_place_is_looked_at_as_often_as_its_watcher_wants(blobs: ObjectDetector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    looks: list[int] = []

    def counted(_needs: CameraNeeds, _want: Want) -> RegionDetector[Brightness]:
        def read(crops: Crops) -> list[Brightness]:
            looks.append(len(crops))
            return brightness(crops)

        regions = {"left": LEFT_HALF, "right": RIGHT_HALF}
        return RegionDetector(LIGHT, Method("brightness", 1), regions, read)

    plan = store_plan(layout("door"), blobs, tmp_path)
    _, seen = watch([plan_for(plan, blobs, {"light": counted}, (LightWatcher,))])

    assert looks == [2] * 8
    left, right = seen_by(seen)
    assert (left.what, right.what) == ("left", "right")
    assert ((left.time - NOON).total_seconds(), (right.time - NOON).total_seconds()) == (0.5, 2.5)
    assert left.evidence.region == Box(x0=0.0, y0=0.0, x1=0.5, y1=1.0)
    assert (left.model, left.evidence.model_digest) == ("brightness", Method("brightness", 1).digest)
    assert left.evidence.input_digest != right.evidence.input_digest


def test_a_target_is_looked_for_as_often_as_its_most_eager_watcher_wants() -> None:
    class Seldom(LightWatcher):
        @staticmethod
        def wants(_layout: Layout, _camera_id: str) -> Sequence[Want]:
            return [Want(target=LIGHT, every=timedelta(seconds=2), only_changed=True)]

    assert wants_of(layout("door"), "door", (Seldom, LightWatcher)) == (
        Want(target=PEOPLE),
        Want(target=LIGHT, every=timedelta(seconds=0.5)),
    )


def test_only_regions_that_changed_are_read_again() -> None:
    read: list[list[str]] = []

    def reading(crops: Crops) -> list[str]:
        read.append(sorted(crops))
        return sorted(crops)

    words: Target[str] = Target("words")
    settings = RegionSettings(changes=Changes(0.05))
    regions = {"left": LEFT_HALF, "right": RIGHT_HALF}
    detector = RegionDetector(words, Method("reading", 1), regions, reading, settings)
    picture = np.zeros((100, 200, 3), np.uint8)
    changed = picture.copy()
    changed[20:80, 120:180] = 200

    answers = [detector.detect(each).things() for each in (picture, picture, changed, changed)]

    assert answers == [("left", "right"), (), ("right",), ()]
    assert read == [["left", "right"], ["right"]]


def test_what_moves_is_looked_for_in_every_frame() -> None:
    with pytest.raises(ValueError, match="cart is tracked"):
        Want(target=CARTS, every=timedelta(seconds=1))


def test_what_nothing_finds_is_said_before_anything_is_watched(blobs: ObjectDetector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    plan = store_plan(layout("door"), blobs, tmp_path)

    with pytest.raises(NoDetector, match="no detector finds 'light', only person"):
        plan_for(plan, blobs, {}, (LightWatcher,))
    with pytest.raises(NoDetector, match="no detector finds 'light', only person"):
        watch([msgspec.structs.replace(plan, watchers=(LightWatcher,))])


class Together:
    """Says when two cameras have people at once; knows who is where, for the cameras' own watchers."""

    source = "together"

    def __init__(self, site: StoreSite) -> None:
        self._site, self.people, self.lost = site, dict[str, set[str]](), dict[str, set[str]]()
        self._said = False

    def prepare(self, frame: ObservedFrame) -> None:
        people = frame.of(PEOPLE)
        assert people is not None
        self.people[frame.camera_id] = {track.id for track in people.observation.tracks}
        self.lost[frame.camera_id] = {track.id for track in people.observation.lost}

    def observe(self, camera_id: str, time: datetime, events: Sequence[Event]) -> list[Event]:
        if self._said or not all(self.people.get(camera) for camera in self._site.cameras):
            return []
        self._said = True
        return [self._seen(time, camera_id, f"{len(self.people)} cameras, {len(events)} facts")]

    def down(self, camera_id: str) -> list[Event]:
        self.people.pop(camera_id, None)
        return []

    def finish(self) -> list[Event]:
        return [self._seen(NOON, "", "the end")]

    @staticmethod
    def _seen(time: datetime, camera_id: str, what: str) -> Seen:
        nothing: Any = None
        return Seen(
            time=time, camera_id=camera_id, what=what, confidence=1.0, layout_digest="", model="", evidence=nothing
        )


class Asking:
    """Asks the store's watcher about the frame at hand."""

    def __init__(self, site: Site, _shoppers: ShopperWatcher, /) -> None:
        store = site.of_store(Together)
        assert store is not None
        self._camera, self._store = site.camera_id, store

    @staticmethod
    def wants(_layout: Layout, _camera_id: str) -> Sequence[Want]:
        return [Want(target=PEOPLE)]

    def observe(self, frame: ObservedFrame) -> list[Event]:
        people = frame.of(PEOPLE)
        assert people is not None
        assert self._store.people[self._camera] == {track.id for track in people.observation.tracks}
        return []

    def finish(self, frame: ObservedFrame, _reason: Reason, /) -> list[Event]:
        people = frame.of(PEOPLE)
        assert people is not None
        assert self._store.lost[self._camera] == {track.id for track in people.observation.lost} != set()
        return []


def test_the_cameras_of_a_store_are_watched_together(blobs: ObjectDetector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", [Walker(RED, 0.5, 3.0)])
    film(tmp_path / "aisle.mp4", [Walker(GREEN, 2.0, 3.5)])
    plan = store_plan(layout("door", "aisle"), blobs, tmp_path)

    _, seen = watch([plan_for(plan, blobs, {}, (Asking,), (Together,))])

    told = [each for each in seen.facts if "/together/" in each.source]
    assert [(each.event.what, each.sequence) for each in told if isinstance(each.event, Seen)] == [
        ("2 cameras, 0 facts", 1),
        ("the end", 2),
    ]
    assert (told[0].event.time - NOON).total_seconds() == pytest.approx(2.2, abs=0.11)


class Slow:
    """A detector that answers when it is told to."""

    threshold = 0.0
    model = Method("slow", 1)
    target = LIGHT

    def __init__(self) -> None:
        self.answers: list[Future[tuple[Brightness, ...]]] = []

    def detect(self, picture: Picture, _then: object, /) -> Finding:
        self.answers.append(Future())
        return RegionFinding(LIGHT, {"all": picture}, self.answers[-1], late=True)


def frame_of(number: int) -> Frame:
    picture = np.full((8, 8, 3), number, np.uint8)
    return Frame(camera_id="door", number=number, time=NOON + number * timedelta(seconds=1), picture=picture)


def slow_schedule(blobs: Detector, folder: Path, source: str) -> tuple[Slow, Schedule, Observer]:
    slow = Slow()
    (camera,) = store_plan(layout("door", sources=[source]), blobs, folder).cameras
    camera = msgspec.structs.replace(camera, detectors=(slow,))
    return slow, Schedule(camera, [Want(target=LIGHT)]), Observer(camera)


def test_a_live_camera_gets_a_late_answer_with_a_later_frame_and_its_own_evidence(
    blobs: Detector, tmp_path: Path
) -> None:
    slow, schedule, observer = slow_schedule(blobs, tmp_path, "rtsp://127.0.0.1:9/none")

    asked = [DetectedFrame(frame=frame_of(n), findings=schedule.ask(frame_of(n), lambda: None)) for n in range(3)]
    before = [observer.observe(each) for each in asked[:2]]
    slow.answers[0].set_result((Brightness("all", 1.0),))
    after = observer.observe(asked[2])

    assert [len(each.findings) for each in asked] == [1, 0, 0]
    assert [each.of(LIGHT) for each in before] == [None, None]
    light = after.of(LIGHT)
    assert light is not None
    assert light.things == (Brightness("all", 1.0),)
    assert (after.frame, light.observation.frame) == (2, 0)
    assert light.observation.input_digest() == asked[0].findings[0].input_digest()
    assert len(schedule.ask(frame_of(3), lambda: None)) == 1


def test_a_recording_waits_for_every_answer_so_that_it_repeats(blobs: Detector, tmp_path: Path) -> None:
    slow, schedule, _ = slow_schedule(blobs, tmp_path, "door.mp4")
    changed = threading.Condition()
    recorded, live = (Lane("door", live=each, changed=changed) for each in (False, True))
    for lane in (recorded, live):
        lane.put(DetectedFrame(frame=frame_of(0), findings=schedule.ask(frame_of(0), lane.wake)))

    due = [FrameOrder([lane], changed).next_due(0.0) for lane in (recorded, live)]
    slow.answers[0].set_result(())

    assert due == [None, live]
    assert FrameOrder([recorded], changed).next_due(0.0) is recorded


def test_a_slow_reader_reads_beside_the_frames(blobs: ObjectDetector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    plan = store_plan(layout("door"), blobs, tmp_path)

    def beside(needs: CameraNeeds, _want: Want) -> RegionDetector[Brightness]:
        regions = {"left": LEFT_HALF, "right": RIGHT_HALF}
        settings = RegionSettings(executor=needs.device.readers)
        return RegionDetector(LIGHT, Method("brightness", 1), regions, brightness, settings)

    _, beside_it = watch([plan_for(plan, blobs, {"light": beside}, (LightWatcher,))])
    _, at_once = watch([plan_for(plan, blobs, {"light": light_detector}, (LightWatcher,))])

    assert len(seen_by(at_once)) == 2
    assert seen_by(beside_it) == seen_by(at_once)
