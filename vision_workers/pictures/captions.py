"""A line of words at the foot of a picture."""

from vision_workers.frames import Picture
from vision_workers.pictures.strokes import GREY, words


def draw_caption(picture: Picture, text: str) -> None:
    """Write a line at the lower left corner, in place."""
    words(picture, text, (0.0, 1.0), GREY)
