"""A filmed shop floor in plain values: people walk, the tracker's answers come out, watchers judge them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from event_store.events.event import Box, Event, Reason
from event_store.layout.model import Layout
from event_store.layout.reading import parse_layout
from vision_workers.frames import Clothing, Observation, Track
from vision_workers.observed import ObservedFrame
from vision_workers.runs import Run
from vision_workers.targets import PEOPLE
from vision_workers.tracking.followed import within_picture
from vision_workers.watchers import Provenance, ShopperWatcher, Site, StoreWatcher

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RUN = Run(b"a run of the test")
PROVENANCE = Provenance(camera_id="entrance", model="people", model_digest="11" * 32, layout_digest="22" * 32)
PERSON = (0.1, 0.25)
"""Width and height of everybody's box, in fractions of the picture."""

Spot = tuple[float, float]

STORE = """
[store]
id = "corner"
name = "Corner shop"
time_zone = "Europe/Oslo"

[[camera]]
id = "entrance"
source = "entrance.mp4"
"""
DOOR = """
[[door]]
id = "main"
camera = "entrance"
polygon = [[0.0, 0.9], [1.0, 0.9], [1.0, 1.0], [0.0, 1.0]]
"""
LINE = """
[[line]]
id = "gate"
camera = "entrance"
from = [0.2, 0.5]
to = [0.8, 0.5]
inside = "left"
"""
ZONE = """
[[zone]]
id = "dairy"
name = "Dairy"
camera = "entrance"
polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.6], [0.3, 0.6]]
min_dwell_s = 2.0
debounce_s = 0.5
"""


def layout(*places: str, store: str = STORE) -> Layout:
    """Return a layout of one camera with the places given as TOML."""
    return parse_layout((store + "".join(places)).encode(), Path("shop.toml"))


def standing_at(spot: Spot, size: tuple[float, float] = PERSON) -> Box:
    """Return the box of a person whose feet are at a spot."""
    (x, y), (width, height) = spot, size
    return Box(x0=x - width / 2, y0=y - height, x1=x + width / 2, y1=y)


class FilmedFloor:
    """Plays people's positions to the watchers of one camera, frame by frame."""

    def __init__(
        self,
        store: Layout,
        *,
        fps: float = 10,
        start: datetime = NOON,
        camera: str = "entrance",
        together: Sequence[StoreWatcher] = (),
    ) -> None:
        provenance = msgspec.structs.replace(PROVENANCE, camera_id=camera)
        provenances = {PEOPLE.name: provenance}
        site = Site(layout=store, camera_id=camera, run=RUN, provenances=provenances, store_watchers=together)
        self.watchers = ShopperWatcher(site)
        self.events: list[Event] = []
        self.times: list[datetime] = []
        self._camera = camera
        self._interval = timedelta(seconds=1 / fps)
        self._start, self._frame = start, -1
        self._tracks: dict[str, Track] = {}
        self.clothes: dict[str, Clothing] = {}
        """By the first word of a track's name."""

    @property
    def now(self) -> datetime:
        """Time of the latest frame, cut to the millisecond as frames' times are."""
        moment = self._start + self._frame * self._interval
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def frame(self, spots: Mapping[str, Spot], *lost: str) -> list[Event]:
        """Film one frame: who stands where, and whose track the tracker gave up."""
        self._frame += 1
        self.times.append(self.now)
        self._tracks |= {name: self._seen(name, spot) for name, spot in spots.items()}
        gone = tuple(self._tracks.pop(name) for name in lost)
        observation = self._observation(tuple(self._tracks[name] for name in spots), gone)
        facts = self.watchers.observe(ObservedFrame.of_people(observation))
        self.events += facts
        return facts

    def walk(self, name: str, *path: Spot, seconds: float = 2.0) -> list[Event]:
        """Film one person who walks along a path at an even pace for each of its legs together."""
        return self.walk_all({name: path}, seconds=seconds)

    def walk_all(self, paths: Mapping[str, tuple[Spot, ...]], seconds: float = 2.0) -> list[Event]:
        """Film several people, each along their own path, all for the same time."""
        frames = max(1, round(timedelta(seconds=seconds) / self._interval))
        facts: list[Event] = []
        for number in range(frames):
            share = number / (frames - 1) if frames > 1 else 1.0
            facts += self.frame({name: _along(path, share) for name, path in paths.items()})
        return facts

    def lose(self, *names: str, after_s: float = 2.0) -> list[Event]:
        """Film nobody until the tracker has given people up."""
        facts = self.wait(after_s)
        return [*facts, *self.frame({}, *names)]

    def wait(self, seconds: float) -> list[Event]:
        """Film nobody for a while."""
        return [fact for _ in range(round(timedelta(seconds=seconds) / self._interval)) for fact in self.frame({})]

    def finish(self, reason: Reason) -> list[Event]:
        """End the film; the tracker hands over everybody it still follows."""
        gone, self._tracks = tuple(self._tracks.values()), {}
        facts = self.watchers.finish(ObservedFrame.of_people(self._observation((), gone)), reason)
        self.events += facts
        return facts

    def _observation(self, tracks: tuple[Track, ...], lost: tuple[Track, ...]) -> Observation:
        return Observation(
            camera_id=self._camera,
            frame=self._frame,
            time=self.now,
            tracks=tracks,
            lost=lost,
            input_digest=lambda: f"{self._frame:064x}",
        )

    def _seen(self, name: str, spot: Spot) -> Track:
        box, before = within_picture(standing_at(spot)), self._tracks.get(name)
        return Track(
            id=name,
            box=box,
            confidence=0.9,
            first_box=before.first_box if before else box,
            first_seen=before.first_seen if before else self.now,
            first_frame=before.first_frame if before else self._frame,
            last_seen=self.now,
            last_frame=self._frame,
            frames=(*(before.frames if before else ()), self._frame)[-20:],
            clothing=self.clothes.get(name.split(maxsplit=1)[0]),
        )


def _along(path: tuple[Spot, ...], share: float) -> Spot:
    """Return the spot at a share of a path whose legs take the same time each."""
    if len(path) == 1:
        return path[0]
    leg = min(int(share * (len(path) - 1)), len(path) - 2)
    part = share * (len(path) - 1) - leg
    (x0, y0), (x1, y1) = path[leg], path[leg + 1]
    return x0 + part * (x1 - x0), y0 + part * (y1 - y0)
