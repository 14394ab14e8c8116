"""Since when somebody is inside the store, or outside of it, as far as their feet on the floor plan tell."""

from datetime import datetime, timedelta

OUTSIDE_M = 0.2
"""In the doorway one is neither inside nor outside; a detector's foot is off by as much."""
GONE_OUT = timedelta(milliseconds=500)
"""Who is outside for so long has left."""


class Footing:
    """Where one person stands, sight by sight."""

    __slots__ = ("_outside_since", "inside_since", "is_outside", "last_inside", "may_be_inside")

    def __init__(self) -> None:
        self.may_be_inside = True
        """They stand on the store's floor, or nobody knows."""
        self.inside_since: datetime | None = None
        self.last_inside: datetime | None = None
        self.is_outside = False
        """They were inside, and have been outside for long enough."""
        self._outside_since: datetime | None = None

    def stand(self, at: datetime, depth_m: float | None) -> None:
        """Take how far inside of the nearest wall they stand; None where nobody knows."""
        self.may_be_inside = depth_m is None or depth_m > 0
        if depth_m is None:
            return
        self.inside_since = (self.inside_since or at) if depth_m > 0 else None
        self.last_inside = at if depth_m > 0 else self.last_inside
        if depth_m < -OUTSIDE_M:
            self._outside_since = self._outside_since or at
        elif depth_m > 0:
            self._outside_since = None
        gone_out = self._outside_since is not None and at - self._outside_since >= GONE_OUT
        self.is_outside = gone_out and self.last_inside is not None
