"""The appearances that one facing has had, and which of them a picture shows.

A picture of gradients tells apart what stands there: light changes it little, and an empty shelf has none of a
package's. Plain brightness was tried, and an empty facing was still .72 like a full one.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Picture

Gradients = NDArray[np.float32]

SIDE_PX = 64
"""A facing is compared at this width and height …"""
MARGIN_PX = 10
"""… and looked for so far around its place, so that a shaking or slightly moved camera changes nothing."""
FLAT = 2.5
"""Standard deviation of gradients, in grey values a pixel, up to which there is nothing to compare."""
SAME = 0.6
"""Likeness from which it is the same appearance …"""
STAYS = 0.5
"""… and down to which the one that was shown last goes on."""
STILL = 0.85
"""Likeness of two looks, one after the other, between which nothing moved."""
SETTLED = 3
"""So many looks without motion make an appearance …"""
RENEWED = 10
"""… and so many renew how it looks, so that it follows the daylight."""
KEPT = 8
"""Appearances of one facing; beyond them that which was shown longest ago is forgotten."""


class Shown(NamedTuple):
    """Which appearance a facing shows, None while it shows none of those that are kept, and how like it is."""

    number: int | None
    likeness: float


class Appearance:
    """How a facing looked when it was first kept, and lately."""

    def __init__(self, number: int, place: Gradients) -> None:
        self.number, self.first, self.newest = number, place, place
        self.shown_at = 0

    def likeness(self, wide: Gradients) -> float:
        """Return how like it a look is."""
        newest = likeness(self.newest, wide)
        return newest if newest >= STILL or self.first is self.newest else max(newest, likeness(self.first, wide))


class Appearances:
    """Remembers one facing; told its looks in the order of frames."""

    def __init__(self) -> None:
        self._kept: list[Appearance] = []
        self._current: Appearance | None = None
        self._before: Gradients | None = None
        self._still = 0
        self._looks = self._count = 0

    def take(self, wide: Gradients) -> Shown:
        """Take a look, with its margin; return what it shows. The first look is an appearance at once."""
        place = middle(wide)
        moved = self._before is None or likeness(self._before, wide) < STILL
        self._still = 0 if moved else self._still + 1
        self._before = place
        self._looks += 1
        shown = self._nearest(wide)
        if shown.number is None and (not self._kept or self._still >= SETTLED):
            shown = self._keep(place)
        self._renew(shown, place)
        return shown

    def _nearest(self, wide: Gradients) -> Shown:
        likenesses = {each.number: each.likeness(wide) for each in self._kept}
        if self._current is not None and likenesses[self._current.number] >= STILL:
            return Shown(self._current.number, likenesses[self._current.number])
        number = max(likenesses, key=lambda each: likenesses[each], default=None)
        nearest = likenesses[number] if number is not None else 0.0
        goes_on = self._current is not None and number == self._current.number and nearest >= STAYS
        return Shown(number if nearest >= SAME or goes_on else None, nearest)

    def _keep(self, place: Gradients) -> Shown:
        if len(self._kept) == KEPT:
            self._kept.remove(min(self._kept, key=lambda each: each.shown_at))
        self._kept.append(Appearance(self._count, place))
        self._count += 1
        return Shown(self._kept[-1].number, 1.0)

    def _renew(self, shown: Shown, place: Gradients) -> None:
        self._current = next((each for each in self._kept if each.number == shown.number), None)
        if self._current is not None:
            self._current.shown_at = self._looks
            if self._still >= RENEWED:
                self._current.newest = place


def gradients(pixels: Picture, size: tuple[int, int]) -> Gradients:
    """Return the blurred magnitude of the gradients of a picture, scaled to a width and height."""
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    return np.asarray(cv2.GaussianBlur(cv2.magnitude(across, down), (5, 5), 0), np.float32)


def middle(wide: Gradients) -> Gradients:
    """Return a look without its margin."""
    return wide[MARGIN_PX : MARGIN_PX + SIDE_PX, MARGIN_PX : MARGIN_PX + SIDE_PX]


def likeness(place: Gradients, wide: Gradients) -> float:
    """Return the normalised correlation of a look with a kept one, at the shift where it is highest."""
    here = middle(wide)
    if place.std() < FLAT or here.std() < FLAT:
        return 1.0 if place.std() < FLAT and here.std() < FLAT else 0.0
    unmoved = float(np.corrcoef(place.ravel(), here.ravel())[0, 1])
    if unmoved >= STILL:
        return unmoved
    return max(0.0, float(cv2.matchTemplate(wide, place, cv2.TM_CCOEFF_NORMED).max()))
