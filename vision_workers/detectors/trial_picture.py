"""The picture on which each network is tried before it is used."""

import numpy as np

from vision_workers.frames import Picture
from vision_workers.heads import InputSize

COLOURS = ((40, 40, 220), (40, 220, 40), (220, 40, 40))
"""BGR."""


def trial_picture(size: InputSize) -> Picture:
    """Return a shaded picture with three upright figures: something that a detector may say something about."""
    shade = np.linspace(60, 180, size.height, dtype=np.float32)
    picture = np.repeat(np.repeat(shade[:, None, None], size.width, axis=1), 3, axis=2).astype(np.uint8)
    for place, colour in enumerate(COLOURS):
        left = size.width * (2 + 5 * place) // 16
        picture[size.height // 3 : size.height * 7 // 8, left : left + max(size.width // 8, 1)] = colour
    return picture
