"""What is looked for on shelves, and what one facing shows over time."""

from collections import deque
from datetime import datetime, timedelta

import msgspec

from event_store.layout.geometry import XY
from vision_workers.targets import Target

FEW_EDGES = 0.075
"""Of a facing's pixels; below it nothing stands there. Measured on photos: empty .008 to .051, stocked .099 to .226."""
NO_EDGES = 0.02
"""Below it that is beyond doubt: a clear bottle before a white wall still has .03."""
COLOURED = 35.0
"""Chroma from which something stands there all the same: shelves are grey, smooth goods need not be."""
CLEARLY_FEWER = 0.5
"""Of the edges of another appearance of the same facing, below which something is missing."""
SETTLES = timedelta(seconds=0.5)
"""How long a facing must show an appearance that is known, with nobody in front …"""
SETTLES_ANEW = timedelta(seconds=1.5)
"""… and one that is new: a hand may stand still, too."""
SUPPORTING = 20


class FacingLook(msgspec.Struct, frozen=True, kw_only=True):
    """How one facing looks in one frame."""

    shelf_id: str
    slot: int
    polygon: tuple[XY, ...]
    edges: float
    """Share of its pixels that are edges, 0 to 1: packages have many, a bare shelf few."""
    chroma: float
    """How coloured it is: the median distance from grey, in CIELAB."""
    appearance: int | None
    """Which of the appearances that its detector keeps it shows, counted from 0; None while something moves there."""
    likeness: float
    """How much it looks like that appearance, 0 to 1, or like the nearest one."""


FACINGS: Target[FacingLook] = Target("facing")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An appearance that a facing shows, from when on."""

    look: FacingLook
    """The last one with nobody near."""
    since: datetime
    frames: tuple[int, ...]
    """Up to 20 frames that show it, oldest first."""

    @property
    def is_bare(self) -> bool:
        """Whether hardly anything is to be seen in it."""
        return self.look.edges < FEW_EDGES and self.look.chroma < COLOURED


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A facing shows something else for good."""

    before: Shown | None
    """None at first sight."""
    after: Shown
    gone_at: datetime
    """The first look at which the former appearance was not to be seen any more."""


class FacingView:
    """One facing over time, without what passes in front of it."""

    def __init__(self) -> None:
        self.shown: Shown | None = None
        """What it shows, or showed before something came in front."""
        self.unseen_since: datetime | None = None
        """Since when that is not to be seen; None while it is."""
        self._coming: Shown | None = None
        self._coming_frames: deque[int] = deque(maxlen=SUPPORTING)
        self._gone_at: datetime | None = None
        self._near_at: datetime | None = None
        self._known: set[int] = set()

    def take(self, look: FacingLook, time: datetime, frame: int, *, near_at: datetime | None) -> Change | None:
        """Take a look; return what it has changed to. While somebody is near, nothing is decided."""
        self._near_at = near_at or self._near_at
        if self.shown is not None and look.appearance == self.shown.look.appearance:
            self._coming = self._gone_at = self.unseen_since = None
            if self._near_at is None or time - self._near_at >= SETTLES:
                self.shown = msgspec.structs.replace(self.shown, look=look)
            return None
        self.unseen_since, self._gone_at = self.unseen_since or time, self._gone_at or time
        self._come(look, time, frame)
        return self._settle(look, time)

    def take_still(self, look: FacingLook, time: datetime, frame: int) -> Change:
        """Take a picture that stands for itself."""
        after = Shown(look=look, since=time, frames=(frame,))
        change = Change(before=self.shown, after=after, gone_at=time)
        self.shown, self.unseen_since = after, None
        return change

    def _come(self, look: FacingLook, time: datetime, frame: int) -> None:
        if look.appearance is None:
            self._coming = None
            return
        if self._coming is None or self._coming.look.appearance != look.appearance:
            self._coming = Shown(look=look, since=time, frames=())
            self._coming_frames.clear()
        self._coming_frames.append(frame)

    def is_settling(self, time: datetime) -> bool:
        """Say whether it shows something new that only has to last, with nobody near."""
        return self._coming is not None and (self._near_at is None or time - self._near_at >= SETTLES)

    def _settle(self, look: FacingLook, time: datetime) -> Change | None:
        coming = self._coming
        if coming is None or not self.is_settling(time):
            return None
        is_known = coming.look.appearance in self._known
        if time - coming.since < (SETTLES if is_known or self.shown is None else SETTLES_ANEW):
            return None
        # its first look may have been half hidden by who stood there
        after = msgspec.structs.replace(coming, look=look, frames=tuple(self._coming_frames))
        change = Change(before=self.shown, after=after, gone_at=self._gone_at or coming.since)
        self._known.add(coming.look.appearance or 0)
        self.shown, self._coming, self._gone_at, self.unseen_since = after, None, None, None
        return change


class FacingMemory:
    """Which appearances of one facing hold product, as far as they tell of each other."""

    def __init__(self) -> None:
        self._edges: dict[int | None, float] = {}

    def add(self, shown: Shown) -> None:
        """Remember an appearance."""
        self._edges[shown.look.appearance] = shown.look.edges

    def holds_product(self, shown: Shown) -> bool:
        """Say whether product is to be seen in it: it is not bare, or the facing has been much barer."""
        return not shown.is_bare or any(edges < CLEARLY_FEWER * shown.look.edges for edges in self._edges.values())

    def is_low(self, shown: Shown) -> bool:
        """Say whether the facing has shown much more."""
        return shown.look.edges < CLEARLY_FEWER * max(self._edges.values(), default=0.0)

    def is_doubtful(self, shown: Shown) -> bool:
        """Say whether a facing that looks empty may hold something smooth, since it was never seen fuller."""
        return shown.look.edges >= NO_EDGES and not self.is_low(shown)

    def fullness(self, shown: Shown) -> float:
        """Return its edges as a share of those of the fullest appearance."""
        return shown.look.edges / max(*self._edges.values(), shown.look.edges, NO_EDGES)

    def confidence(self, shown: Shown) -> float:
        """Return how sure it is whether product is in it, 0.5 to 1: by how far its edges are from the limit."""
        if self.is_low(shown) or (shown.is_bare and self.holds_product(shown)):
            return 1.0
        return 0.5 + 0.5 * min(1.0, abs(shown.look.edges - FEW_EDGES) / FEW_EDGES)
