import numpy as np

from event_store.events.event import Box
from vision_workers.clothing import OTHER_CLOTHES, clothing_of, colours_apart
from vision_workers.frames import Picture

PERSON = Box(x0=0.4, y0=0.2, x1=0.6, y1=0.9)


def picture_of(upper: tuple[int, int, int]) -> Picture:
    """Return a grey picture with somebody in black trousers, and a colour above, blue first."""
    picture = np.full((100, 100, 3), 128, np.uint8)
    picture[20:90, 40:60] = 0
    picture[32:52, 40:60] = upper
    return picture


def test_upper_clothes_are_told_apart_whatever_is_worn_below() -> None:
    red, green = clothing_of(picture_of((30, 30, 200)), PERSON), clothing_of(picture_of((30, 160, 30)), PERSON)

    assert red is not None
    assert red.green_red > 50
    assert colours_apart(red, green) > OTHER_CLOTHES


def test_somewhat_darker_light_makes_no_other_clothes() -> None:
    bright, dark = clothing_of(picture_of((60, 60, 200)), PERSON), clothing_of(picture_of((45, 45, 150)), PERSON)

    assert colours_apart(bright, dark) < OTHER_CLOTHES


def test_who_is_cut_by_the_edge_of_the_picture_shows_no_clothes() -> None:
    assert clothing_of(picture_of((30, 30, 200)), Box(x0=0.4, y0=0.0, x1=0.6, y1=0.5)) is None
    assert colours_apart(None, clothing_of(picture_of((30, 30, 200)), PERSON)) == 0.0


def test_a_box_without_a_pixel_shows_one() -> None:
    assert clothing_of(picture_of((30, 30, 200)), Box(x0=0.5, y0=0.4, x1=0.5001, y1=0.4001)) is not None
