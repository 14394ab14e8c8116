"""What is printed on products and price labels."""

import colorsys
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vision_workers.simulator.paint import Paint
from vision_workers.simulator.plans import Product

FACE_PX = 128
LABEL_PX = (256, 128)
INK = (20, 20, 24)
PAPER = (246, 246, 240)


def face(product: Product) -> Paint:
    """Return the 128 x 128 x 3 RGB picture of a product's package: colours by its number, name, bands and a picture."""
    random = np.random.default_rng(zlib.crc32(product.sku.encode()))
    hue = random.random()
    ground, band, spot = (
        _colour(hue, 0.55, 0.85),
        _colour(hue + 0.5, 0.75, 0.35),
        _colour(hue + random.uniform(0.2, 0.4), 0.8, 0.95),
    )
    picture = Image.new("RGB", (FACE_PX, FACE_PX), ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, FACE_PX - 1, FACE_PX - 1), outline=band, width=8)
    draw.rectangle((0, 0, FACE_PX, 16), fill=band)
    draw.rectangle((10, 24, FACE_PX - 11, 56), fill=PAPER, outline=INK, width=4)
    draw.text((FACE_PX / 2, 40), product.name.split()[0], INK, ImageFont.load_default(30), anchor="mm", stroke_width=1)
    for n, x in enumerate(np.linspace(30, 98, int(random.integers(2, 4)))):
        y, r = random.uniform(80, 86), random.uniform(13, 17)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=spot if n % 2 == 0 else band, outline=PAPER, width=5)
    draw.rectangle((0, 106, FACE_PX, FACE_PX), fill=band)
    draw.rectangle((16, 112, FACE_PX - 17, 120), fill=PAPER)
    return np.asarray(picture, np.uint8)


def label(product: Product) -> Paint:
    """Return the 256 x 128 x 3 RGB picture of a product's price label."""
    wide, tall = LABEL_PX
    picture = Image.new("RGB", LABEL_PX, (250, 250, 245))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, wide - 1, tall - 1), outline=(150, 150, 150), width=3)
    draw.text((wide / 2, 24), product.name, INK, ImageFont.load_default(28), anchor="mm")
    draw.text((wide / 2, 82), product.price, INK, ImageFont.load_default(76), anchor="mm", stroke_width=1)
    return np.asarray(picture, np.uint8)


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return red, green, blue
