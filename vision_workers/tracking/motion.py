"""How a person's box moves: constant velocity, filtered, with real time steps.

Everything is measured in the person's own size, so one set of limits fits near and far people and any resolution.
Source of the form: Bewley et al., Simple online and realtime tracking (2016); the size is smoothed, not filtered,
because a size that changes is mostly a box that is cut off.
"""

from event_store.events.event import Box

ACCELERATION = 1.0
"""Box sizes a second squared: somebody who walks can stop or turn within about a second."""
JITTER = 0.08
"""How far a detector's box is off, in box sizes."""
UNKNOWN_SPEED = 2.0
"""Spread of the speed at first sight, in box sizes a second."""
COAST_S = 1.0
"""How long an unseen person is believed to keep their speed."""
SIZE_GAIN = 0.3
"""Share of the newest box in the smoothed size."""
SMALLEST = 1e-3
"""Of the picture's side: no box is smaller."""


class Axis:
    """One coordinate of a person's middle, its speed and how sure both are, in fractions of the picture."""

    __slots__ = ("_drift", "_speed_spread", "_spread", "position", "speed")

    def __init__(self, position: float, size: float) -> None:
        self.position, self.speed = position, 0.0
        self._spread, self._drift, self._speed_spread = (JITTER * size) ** 2, 0.0, (UNKNOWN_SPEED * size) ** 2

    def predict(self, elapsed_s: float, size: float) -> None:
        """Move on by a time step; `size` is the box's extent along this axis."""
        self.position += self.speed * elapsed_s
        self._spread += elapsed_s * (2 * self._drift + elapsed_s * self._speed_spread)
        self._drift += elapsed_s * self._speed_spread
        self._speed_spread += (ACCELERATION * size * elapsed_s) ** 2

    def correct(self, measured: float, size: float) -> None:
        """Take what was detected."""
        total = self._spread + (JITTER * size) ** 2
        gain, speed_gain = self._spread / total, self._drift / total
        off = measured - self.position
        self.position += gain * off
        self.speed += speed_gain * off
        self._speed_spread -= speed_gain * self._drift
        self._drift *= 1 - gain
        self._spread *= 1 - gain


class Motion:
    """Where one person's box is, and where it is expected."""

    __slots__ = ("_unseen_s", "_x", "_y", "height", "width")

    def __init__(self, box: Box) -> None:
        self.width, self.height = _size(box)
        self._x = Axis((box.x0 + box.x1) / 2, self.width)
        self._y = Axis((box.y0 + box.y1) / 2, self.height)
        self._unseen_s = 0.0

    def predict(self, elapsed_s: float) -> None:
        """Move on by a time step; who has not been seen for a while is expected to have stopped."""
        moving_s = max(0.0, min(elapsed_s, COAST_S - self._unseen_s))
        self._unseen_s += elapsed_s
        self._x.predict(moving_s, self.width)
        self._y.predict(moving_s, self.height)

    def correct(self, box: Box) -> None:
        """Take the box that was detected now."""
        self._unseen_s = 0.0
        width, height = _size(box)
        self.width += SIZE_GAIN * (width - self.width)
        self.height += SIZE_GAIN * (height - self.height)
        self._x.correct((box.x0 + box.x1) / 2, self.width)
        self._y.correct((box.y0 + box.y1) / 2, self.height)

    @property
    def box(self) -> Box:
        """The box expected now, in fractions of the picture; it may reach beyond the picture."""
        x, y, half_width, half_height = self._x.position, self._y.position, self.width / 2, self.height / 2
        return Box(x0=x - half_width, y0=y - half_height, x1=x + half_width, y1=y + half_height)


def _size(box: Box) -> tuple[float, float]:
    return max(box.x1 - box.x0, SMALLEST), max(box.y1 - box.y0, SMALLEST)
