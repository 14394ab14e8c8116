"""The simulator's stories without pictures, watched by tracker, watchers and sampler as a worker does."""

from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np

from event_store.events.event import Event
from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.accuracy.fallible import THRESHOLD, Faults, found
from infra.accuracy.stories import STORIES, fallible_site
from vision_workers.cameras.moments import EPOCH
from vision_workers.frames import Observation
from vision_workers.observed import ObservedFrame
from vision_workers.runs import Run
from vision_workers.samples import Sampler, encode_sample
from vision_workers.simulator import simulate
from vision_workers.simulator.truth import CameraTruth, StoreTruth
from vision_workers.tracking import Tracker
from vision_workers.watchers import ShopperWatcher


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a story."""

    layout: Layout
    truth: StoreTruth
    cameras: tuple[CameraTruth, ...]
    facts: tuple[Event, ...]
    samples: tuple[bytes, ...]


def watched_story(name: str, folder: Path, seed: int = 1) -> Watched:
    """Play a story and watch it."""
    played = simulate(STORIES / f"{name}.toml", folder, seed, film=False)
    layout = read_layout(played.layout)
    cameras = tuple(msgspec.json.decode(path.read_bytes(), type=CameraTruth) for path in played.camera_truths.values())
    facts: list[Event] = []
    samples: list[bytes] = []
    for camera in cameras:
        _watch(layout, camera, seed, facts, samples)
    truth = msgspec.json.decode(played.truth.read_bytes(), type=StoreTruth)
    return Watched(layout=layout, truth=truth, cameras=cameras, facts=tuple(facts), samples=tuple(samples))


def _watch(layout: Layout, truth: CameraTruth, seed: int, facts: list[Event], samples: list[bytes]) -> None:
    camera, run, rng = truth.camera_id, Run(b"accuracy"), np.random.default_rng(seed)
    tracker = Tracker(camera, run, THRESHOLD)
    shoppers = ShopperWatcher(fallible_site(layout, camera, run, "ab" * 32))
    sampler = Sampler(layout, camera, "ab" * 32)
    seen = Observation(camera_id=camera, frame=0, time=EPOCH, tracks=(), lost=(), input_digest=str)
    for frame in truth.frames:
        time = EPOCH + timedelta(milliseconds=round(frame.time_s * 1000))
        detections = [*found([(each.box, each.visible) for each in frame.people], Faults(), rng)]
        tracked = tracker.update(frame.frame, time, detections)
        seen = msgspec.structs.replace(seen, frame=frame.frame, time=time, tracks=tracked.tracks, lost=tracked.lost)
        facts += shoppers.observe(ObservedFrame.of_people(seen))
        samples += map(encode_sample, sampler.sample(time, tracked.tracks, shoppers))
    ended = msgspec.structs.replace(seen, tracks=(), lost=tracker.finish())
    facts += shoppers.finish(ObservedFrame.of_people(ended), "source_end")
