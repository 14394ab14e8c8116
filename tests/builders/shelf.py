"""One shelf as its watcher sees it: facings that show appearances, and people in front of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from event_store.events.event import Box, Event
from event_store.layout.model import Facing, Layout, Shelf
from tests.builders.watching import NOON, RUN, layout
from vision_workers.frames import Observation, Track
from vision_workers.observed import Found, ObservedFrame
from vision_workers.targets import PEOPLE
from vision_workers.watchers import Provenance, ShopperWatcher, Site
from vision_workers.watchers.catalogue import Watcher, WatcherKind
from vision_workers.watchers.facings import FACINGS, FacingLook

STOCKED = (0, 0.15)
"""An appearance and its share of edges."""
BARE = (1, 0.01)
NOTHING_STEADY = (None, 0.1)
LOOKS_A_SECOND = 5
IN_FRONT = Box(x0=0.15, y0=0.1, x1=0.25, y1=0.9)
ELSEWHERE = Box(x0=0.7, y0=0.1, x1=0.8, y1=0.9)


def square(slot: int) -> list[tuple[float, float]]:
    """Return where a facing is: slots stand side by side."""
    left = 0.05 + 0.15 * slot
    return [(left, 0.3), (left + 0.1, 0.3), (left + 0.1, 0.5), (left, 0.5)]


def shop_with_shelf(*slots: int, patience_s: float = 2.0, **of_facings: Any) -> Layout:
    """Return a store whose camera sees one shelf."""
    facings = [
        Facing(slot=slot, polygon=square(slot), sku=f"sku-{slot}", patience_s=patience_s, **of_facings)
        for slot in slots
    ]
    return msgspec.structs.replace(layout("aisle"), shelf=[Shelf(id="A1", camera="aisle", facing=facings)])


class KnownShoppers(ShopperWatcher):
    """Shoppers whose visits are known by their tracks."""

    def __init__(self, site: Site, visits: Mapping[str, str]) -> None:
        super().__init__(site)
        self._known = visits

    def visit_of(self, track_id: str) -> str | None:
        """Return the visit of a track."""
        return self._known.get(track_id)


class FilmedShelf:
    """A watcher, and what is in front of its camera; `visits` are known by track."""

    def __init__(
        self, kind: WatcherKind, shop: Layout, *, still: bool = False, visits: Mapping[str, str] | None = None
    ) -> None:
        by = Provenance(camera_id="aisle", model="look", model_digest="ef" * 32, layout_digest="ab" * 32)
        site = Site(layout=shop, camera_id="aisle", run=RUN, provenances={"person": by, "facing": by, "label": by})
        self._watcher: Watcher = kind(site, KnownShoppers(site, visits or {}))
        self._slots = [facing.slot for facing in shop.shelf[0].facing]
        self._still, self._frame = still, 0
        self.events: list[Event] = []

    @property
    def now(self) -> Any:
        """Time of the next frame."""
        return NOON + timedelta(seconds=self._frame / LOOKS_A_SECOND)

    def shows(
        self, looks: tuple[int | None, float] | Mapping[int, tuple[int | None, float]], seconds: float, *people: Box
    ) -> list[Event]:
        """Let facings look like this for so long; return what became true."""
        told: list[Event] = []
        for _ in range(round(seconds * LOOKS_A_SECOND)):
            shown = looks if isinstance(looks, Mapping) else dict.fromkeys(self._slots, looks)
            told += self._watcher.observe(self._seen(shown, people))
            self._frame += 1
        self.events += told
        return told

    def _seen(self, looks: Mapping[int, tuple[int | None, float]], people: tuple[Box, ...]) -> ObservedFrame:
        tracks = tuple(self._track(f"track-{number}", box) for number, box in enumerate(people))
        seen = Observation(
            camera_id="aisle", frame=self._frame, time=self.now, tracks=tracks, lost=(), input_digest=lambda: "cd" * 32
        )
        things = tuple(self._look(slot, *look) for slot, look in looks.items())
        found = (
            Found(target=PEOPLE, observation=seen, things=()),
            Found(target=FACINGS, observation=msgspec.structs.replace(seen, tracks=()), things=things),
        )
        return ObservedFrame(camera_id="aisle", frame=self._frame, time=self.now, found=found, still=self._still)

    def _track(self, name: str, box: Box) -> Track:
        return Track(
            id=name,
            box=box,
            confidence=0.9,
            first_box=box,
            first_seen=self.now,
            first_frame=self._frame,
            last_seen=self.now,
            last_frame=self._frame,
            frames=(self._frame,),
        )

    @staticmethod
    def _look(slot: int, appearance: int | None, edges: float) -> FacingLook:
        return FacingLook(
            shelf_id="A1",
            slot=slot,
            polygon=tuple(square(slot)),
            edges=edges,
            chroma=5.0,
            appearance=appearance,
            likeness=0.2 if appearance is None else 0.9,
        )


def shelf_layout(folder: Path, slots: Sequence[tuple[float, ...]], patience_s: float, source: str = "any") -> Path:
    """Write the layout of a shelf with these boxes as facings."""
    facings = "".join(
        f"[[shelf.facing]]\nslot = {number}\npatience_s = {patience_s}\n"
        f"polygon = [[{x0}, {y0}], [{x1}, {y0}], [{x1}, {y1}], [{x0}, {y1}]]\n"
        for number, (x0, y0, x1, y1) in enumerate(slots)
    )
    head = f'[store]\nid = "s"\nname = "Shop"\ntime_zone = "UTC"\n[[camera]]\nid = "c"\nsource = "{source}"\n'
    path = folder / "layout.toml"
    path.write_text(f'{head}[[shelf]]\nid = "A"\ncamera = "c"\n{facings}')
    return path
