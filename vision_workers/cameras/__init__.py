"""Where pictures come from: files, folders, webcams and streams."""

from vision_workers.cameras.live import LiveSource
from vision_workers.cameras.recordings import Recording
from vision_workers.cameras.sources import Playing, is_live, open_source

__all__ = ["LiveSource", "Playing", "Recording", "is_live", "open_source"]
