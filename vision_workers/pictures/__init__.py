"""Pictures for people to look at: a layout drawn over a camera's frame, tracks, a caption, people unrecognisable."""

from vision_workers.pictures.blurring import blur
from vision_workers.pictures.captions import draw_caption
from vision_workers.pictures.layouts import draw_layout
from vision_workers.pictures.tiling import tile
from vision_workers.pictures.tracks import draw_tracks

__all__ = ["blur", "draw_caption", "draw_layout", "draw_tracks", "tile"]
