"""The people that a camera follows, drawn over its frame."""

from collections.abc import Iterable

import cv2

from event_store.events.event import Box
from vision_workers.frames import Picture, Track
from vision_workers.pictures.strokes import BLACK, Colour, pixels, thickness, words

PALETTE: tuple[Colour, ...] = (
    (75, 25, 230), (75, 180, 60), (25, 225, 255), (200, 130, 0), (48, 130, 245),
    (180, 30, 145), (240, 240, 70), (230, 50, 240), (60, 245, 210), (212, 190, 250),
)  # fmt: skip
SHORT = 4
"""Characters of a track's id that are written; a film has few tracks at a time."""


def draw_tracks(picture: Picture, tracks: Iterable[Track]) -> Picture:
    """Return a copy with each person's box, foot point and the first characters of the track's id."""
    drawn = picture.copy()
    for track in tracks:
        colour = PALETTE[int(track.id[:8], 16) % len(PALETTE)]
        box, foot = track.box, track.foot
        _frame(drawn, box, colour)
        ((x, y),) = pixels(drawn, [(foot.x, foot.y)]).tolist()
        cv2.circle(drawn, (x, y), 4 * thickness(drawn), BLACK, cv2.FILLED, cv2.LINE_AA)
        cv2.circle(drawn, (x, y), 3 * thickness(drawn), colour, cv2.FILLED, cv2.LINE_AA)
        words(drawn, f"{track.id[:SHORT]} {track.confidence:.2f}", (box.x0, box.y0), colour)
    return drawn


def _frame(drawn: Picture, box: Box, colour: Colour) -> None:
    (x0, y0), (x1, y1) = pixels(drawn, [(box.x0, box.y0), (box.x1, box.y1)]).tolist()
    cv2.rectangle(drawn, (x0, y0), (x1, y1), colour, 2 * thickness(drawn), cv2.LINE_AA)
