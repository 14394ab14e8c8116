"""The simulator's stories: what tracking and watchers make of them, with a detector that errs in a known way."""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from event_store.events.event import Event
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneExited
from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.accuracy.checks import Check, Section, count
from infra.accuracy.fallible import THRESHOLD, Faults, found
from vision_workers.cameras.moments import EPOCH
from vision_workers.frames import Detection, Observation
from vision_workers.observed import ObservedFrame
from vision_workers.runs import Run
from vision_workers.simulator import simulate
from vision_workers.simulator.truth import CameraTruth, StoreTruth
from vision_workers.targets import PEOPLE
from vision_workers.tracking import Tracker
from vision_workers.watchers import Provenance, ShopperWatcher, Site

STORIES = Path(simulate.__code__.co_filename).parent / "stories"
SEEDS = (1, 2)
WITHIN = 1


def simulated_stories() -> Section:
    """Check every story of the simulator, without filming it."""
    text = (
        "Each story of the simulator, twice, without pictures: its exact boxes go through a detector that misses 7 %\n"
        "of the people, finds 10 % weakly, shakes edges by 3 % and sees ghosts in 2 % of the frames. What is checked\n"
        "is tracking, doors, lines and zones together, in perspective and with people who hide one another."
    )
    return Section(title="Simulated stories", text=text, checks=list(_checks()))


def _checks() -> Iterator[Check]:
    for story in sorted(STORIES.glob("*.toml")):
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                yield from told(story.stem, seed, Path(folder))


def told(story: str, seed: int, folder: Path) -> Iterator[Check]:
    """Play a story of the simulator into a folder, watch it fallibly and yield the answers beside the truth."""
    played = simulate(STORIES / f"{story}.toml", folder, seed, film=False)
    layout = read_layout(played.layout)
    truth = msgspec.json.decode(played.truth.read_bytes(), type=StoreTruth).totals
    facts: list[Event] = []
    for path in played.camera_truths.values():
        facts += watched(layout, msgspec.json.decode(path.read_bytes(), type=CameraTruth), seed)
    left = [fact for fact in facts if isinstance(fact, ShopperExited) and fact.reason == "left"]
    name = f"{story}, {seed}"
    yield count(f"{name}: entered", truth.entered, _number(facts, ShopperEntered), WITHIN)
    yield count(f"{name}: left", truth.left, len(left), WITHIN)
    for line, total in truth.lines.items():
        crossed = [fact for fact in facts if isinstance(fact, LineCrossed) and fact.line_id == line]
        into = sum(fact.direction == "in" for fact in crossed)
        yield count(f"{name}: {line} in", total.into, into, WITHIN)
        yield count(f"{name}: {line} out", total.out, len(crossed) - into, WITHIN)
    for zone, visited in truth.zones.items():
        stays = [fact for fact in facts if isinstance(fact, ZoneExited) and fact.zone_id == zone]
        if visited.stays or stays:
            yield count(f"{name}: stays in {zone}", visited.stays, len(stays), WITHIN)


def watched(layout: Layout, truth: CameraTruth, seed: int) -> list[Event]:
    """Return the facts of one camera whose people are found fallibly."""
    camera, run, rng = truth.camera_id, Run(b"accuracy"), np.random.default_rng(seed)
    tracker, shoppers = Tracker(camera, run, THRESHOLD), ShopperWatcher(fallible_site(layout, camera, run))
    facts: list[Event] = []
    seen = _observation(camera, 0, EPOCH)
    for frame in truth.frames:
        time = EPOCH + timedelta(milliseconds=round(frame.time_s * 1000))
        detections = [*found([(each.box, each.visible) for each in frame.people], Faults(), rng)]
        seen = _seen(tracker, camera, frame.frame, time, detections)
        facts += shoppers.observe(ObservedFrame.of_people(seen))
    ended = msgspec.structs.replace(seen, tracks=(), lost=tracker.finish())
    return [*facts, *shoppers.finish(ObservedFrame.of_people(ended), "source_end")]


def fallible_site(layout: Layout, camera: str, run: Run, layout_digest: str = "") -> Site:
    """Return where people are watched whom a fallible detector found."""
    found_by = Provenance(camera_id=camera, model="fallible", model_digest="", layout_digest=layout_digest)
    return Site(layout=layout, camera_id=camera, run=run, provenances={PEOPLE.name: found_by})


def _seen(tracker: Tracker, camera: str, frame: int, time: datetime, detections: list[Detection]) -> Observation:
    tracked = tracker.update(frame, time, detections)
    return msgspec.structs.replace(_observation(camera, frame, time), tracks=tracked.tracks, lost=tracked.lost)


def _observation(camera: str, frame: int, time: datetime) -> Observation:
    return Observation(camera_id=camera, frame=frame, time=time, tracks=(), lost=(), input_digest=str)


def _number(facts: list[Event], kind: type[Event]) -> int:
    return sum(isinstance(fact, kind) for fact in facts)
