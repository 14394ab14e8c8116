"""`python -m tests.builders.held_worker FRAME GATE WORDS…`: a command whose films stand still until a file is there."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from infra.cli.app import main
from vision_workers.cameras.recordings import VideoFile
from vision_workers.frames import Frame


def hold(frame: int, gate: Path) -> None:
    """Let this process see no film's frame of that number or after it, before the file is there."""
    frames = VideoFile.frames

    def held(film: VideoFile) -> Iterator[Frame]:
        for each in frames(film):
            while each.number >= frame and not gate.exists():
                time.sleep(0.02)
            yield each

    VideoFile.frames = held  # type: ignore[method-assign, assignment]  # in this process only


if __name__ == "__main__":
    hold(int(sys.argv[1]), Path(sys.argv[2]))
    sys.argv = ["shopfloor", *sys.argv[3:]]
    main()
