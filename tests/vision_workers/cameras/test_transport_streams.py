"""Live streams as cameras really send them."""

from itertools import islice
from pathlib import Path
from threading import Timer

from tests.builders.transport_streams import sent_as_stream
from tests.builders.videos import combed, damage, redness, video, walk
from vision_workers.cameras.live import LiveSource
from vision_workers.frames import Frame

PERSON = 24 * 72


def seen(path: Path, count: int) -> list[Frame]:
    """Watch a live camera that sends a video, for so many frames."""
    with sent_as_stream(path) as address:
        source = LiveSource("door", address)
        frames = list(islice(source.frames(), count))
        source.stop()
    return frames


def test_an_interlaced_camera_shows_one_moment_in_each_picture(tmp_path: Path) -> None:
    options = {"x264-params": "interlaced=1:tff=1"}

    frames = seen(video(tmp_path / "door.ts", combed(fps=30) * 3, options=options), 30)

    people = [redness(frame.picture) for frame in frames]
    assert all(abs(each - PERSON) < 0.15 * PERSON for each in people if each > 0.1 * PERSON)
    assert max(people) > 0.8 * PERSON


def test_damage_on_the_way_does_not_end_the_connection(tmp_path: Path) -> None:
    path = damage(video(tmp_path / "door.ts", walk(fps=30) * 3), 45, 61)

    frames = seen(path, 75)

    assert [frame.number for frame in frames] == list(range(75))
    assert (frames[-1].time - frames[0].time).total_seconds() < 10


def test_frames_for_which_nobody_has_room_are_counted(tmp_path: Path) -> None:
    with sent_as_stream(video(tmp_path / "door.ts", walk(fps=30) * 3)) as address:
        source = LiveSource("door", address)
        frames = source.frames()
        for _ in islice(frames, 5):
            source.wanted.set()
        before = source.left_out
        source.wanted.clear()
        resume = Timer(0.3, source.wanted.set)
        resume.start()
        after = next(frames)
        source.stop()
        resume.join()

    assert before == 0
    assert after.number == 5
    assert source.left_out > 3


def test_frames_beyond_the_layouts_limit_are_left_out_and_are_not_counted_as_shed(tmp_path: Path) -> None:
    with sent_as_stream(video(tmp_path / "door.ts", walk(fps=30) * 3)) as address:
        source = LiveSource("door", address, most_per_second=5)
        frames = list(islice(source.frames(), 8))
        source.stop()

    assert [frame.number for frame in frames] == list(range(8))
    assert (frames[-1].time - frames[0].time).total_seconds() >= 7 / 5 - 0.2
    assert source.left_out == 0
