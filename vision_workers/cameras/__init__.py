"""Where pictures come from: files, folders, webcams and streams."""

from vision_workers.cameras.live import LiveSource
from vision_workers.cameras.recordings import Recording, Rest
from vision_workers.cameras.sources import Playing, is_live, open_recording, open_source

__all__ = ["LiveSource", "Playing", "Recording", "Rest", "is_live", "open_recording", "open_source"]
