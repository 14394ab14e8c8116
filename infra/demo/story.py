"""The demo's own files: clips, layout and the truth that the simulator wrote beside them."""

from pathlib import Path

import msgspec

from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.demo.errors import DemoIncomplete
from infra.demo.shelf_truth import Gap, Handled, LabelText, Place, ShelfTruth

FOLDER = Path(__file__).parent
LAYOUT, TRUTH = "layout.toml", "truth.json"


class ZoneTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened in a zone."""

    visitors: int
    median_dwell_s: float | None


class MinuteTruth(msgspec.Struct, frozen=True, kw_only=True):
    """Who really came in a minute."""

    minute: int
    entered: int


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened; the part of the simulator's file that the demo asks about."""

    entered: int
    left: int
    zones: dict[str, ZoneTruth]
    minutes: list[MinuteTruth]
    visits_s: list[float] = []
    """How long each visit was that began and ended in a door."""
    bought_s: list[float] = []
    """When somebody was done at a till, whom it then sold something."""


class _Passage(msgspec.Struct, frozen=True, kw_only=True):
    at_s: float


class _Stay(msgspec.Struct, frozen=True, kw_only=True):
    zone_id: str
    to_s: float
    left: bool


class _Shopper(msgspec.Struct, frozen=True, kw_only=True):
    entered: list[_Passage]
    left: list[_Passage]
    zones: list[_Stay] = []
    handled: list[Handled] = []


class _File(msgspec.Struct, frozen=True, kw_only=True):
    seconds: float
    fps: int
    totals: Truth
    shoppers: list[_Shopper] = []
    gaps: list[Gap] = []
    labels: list[LabelText] = []


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The demo as it is played."""

    layout_file: Path
    layout: Layout
    truth: Truth
    shelves: ShelfTruth
    seconds: float
    frames: int
    """Of all cameras together."""

    @property
    def store(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"

    @property
    def facing_names(self) -> dict[Place, str]:
        """The product of each facing; its shelf and slot where nobody knows it."""
        names = {product.sku: product.name for product in self.layout.product}
        return {
            (shelf.id, facing.slot): names.get(facing.sku or "", f"{shelf.id}/{facing.slot}")
            for shelf in self.layout.shelf
            for facing in shelf.facing
        }


def read_story(folder: Path = FOLDER) -> Story:
    """Read the demo's files; raises `DemoIncomplete`."""
    layout_file, truth_file = folder / LAYOUT, folder / TRUTH
    if not (layout_file.is_file() and truth_file.is_file()):
        raise DemoIncomplete(folder)
    layout, told = read_layout(layout_file), msgspec.json.decode(truth_file.read_bytes(), type=_File)
    frames = round(told.seconds * told.fps) * len(layout.camera)
    passages = [(came, went) for each in told.shoppers for came, went in zip(each.entered, each.left, strict=False)]
    visits_s = [round(went.at_s - came.at_s, 3) for came, went in passages]
    tills = {zone.id for zone in layout.zone if zone.kind == "checkout"}
    stays = [stay for each in told.shoppers for stay in each.zones if stay.zone_id in tills and stay.left]
    bought_s = sorted(stay.to_s for stay in stays)
    truth = msgspec.structs.replace(told.totals, visits_s=visits_s, bought_s=bought_s)
    handled = [each for shopper in told.shoppers for each in shopper.handled]
    return Story(
        layout_file=layout_file,
        layout=layout,
        truth=truth,
        shelves=ShelfTruth(handled=handled, gaps=told.gaps, labels=told.labels),
        seconds=told.seconds,
        frames=frames,
    )
