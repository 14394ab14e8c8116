import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders.films import HEIGHT, WIDTH, Walker, animation, film, scene
from tests.builders.videos import video, walk
from vision_workers.cameras import Playing, Recording, Rest, is_live, open_source
from vision_workers.cameras.errors import MissingSource, NoPictures, UnreadableVideo
from vision_workers.cameras.live import LiveSource
from vision_workers.cameras.moments import Moments
from vision_workers.frames import Frame

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def recording(path: Path, fps: float = 1.0) -> Recording:
    opened = open_source("door", str(path), Playing(start=NOON, fps=fps))
    assert not isinstance(opened, LiveSource)
    return opened


def offsets_ms(frames: list[Frame]) -> list[int]:
    return [(frame.time - NOON) // MILLISECOND for frame in frames]


def test_a_video_is_read_to_its_end_in_its_own_time(tmp_path: Path) -> None:
    source = recording(film(tmp_path / "door.mp4", seconds=1.0, fps=10.0))

    frames = list(source.frames())

    assert offsets_ms(frames) == list(range(0, 1000, 100))
    assert [frame.number for frame in frames] == list(range(10))
    assert frames[0].picture.shape == (HEIGHT, WIDTH, 3)
    assert source.shortfall is None


def test_a_video_with_a_variable_frame_rate_keeps_its_time_stamps(tmp_path: Path) -> None:
    path = animation(tmp_path / "door.gif", [100, 300, 50, 1000, 100], lambda s: scene(s, [Walker(begins_s=0)]))

    assert offsets_ms(list(recording(path).frames())) == [0, 100, 400, 450, 1450]


def test_times_of_thirds_of_a_second_are_cut_to_the_millisecond(tmp_path: Path) -> None:
    frames = list(recording(film(tmp_path / "door.mp4", seconds=1.0, fps=3.0)).frames())

    assert offsets_ms(frames) == [0, 333, 666]


@pytest.mark.parametrize("kind", ["mp4", "gif", "h264", "folder"])
def test_a_recording_says_how_long_it_is_without_being_decoded(kind: str, tmp_path: Path) -> None:
    match kind:
        case "mp4":
            path = film(tmp_path / "door.mp4", seconds=3.0, fps=7.0)
        case "gif":
            path = animation(tmp_path / "door.gif", [100, 300, 50, 1000, 100], lambda s: scene(s, [Walker(begins_s=0)]))
        case "h264":
            path = video(tmp_path / "door.h264", walk())
        case _:
            path = tmp_path
            for number in range(4):
                cv2.imwrite(str(tmp_path / f"{number}.png"), scene(number, []))
    source = recording(path, fps=0.5)

    last = list(source.frames())[-1].time - NOON
    assert last <= source.length() <= last + timedelta(seconds=1)


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingSource, match="does not exist; give a video file"):
        recording(tmp_path / "nothing.mp4")


def test_a_video_of_no_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()

    with pytest.raises(UnreadableVideo, match=r"empty.mp4 is empty \(0 bytes\)"):
        next(recording(tmp_path / "empty.mp4").frames())


def test_a_video_without_a_single_picture_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", seconds=0.0)

    with pytest.raises(UnreadableVideo, match=r"door\.mp4"):
        next(recording(tmp_path / "door.mp4").frames())


def test_a_file_that_is_no_video_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_bytes(b"milk, bread, \x00\x01" * 100)

    with pytest.raises(UnreadableVideo, match="is no video") as refusal:
        next(recording(tmp_path / "notes.mp4").frames())
    assert "\n" not in str(refusal.value)


def test_a_video_cut_off_in_the_middle_gives_what_there_is_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (WIDTH, HEIGHT))
    for number in range(40):
        writer.write(scene(number / 10, [Walker()]))
    writer.release()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    source = recording(path)

    frames = list(source.frames())

    assert 10 < len(frames) < 40
    assert source.shortfall == f"the video can be read up to frame {len(frames)} of 40 only"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_video_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "door.mp4", seconds=0.5)
    path.chmod(0)

    with pytest.raises(UnreadableVideo, match="Permission denied"):
        next(recording(path).frames())


def pictures(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), scene(number / 10, [Walker(begins_s=0)]))
    return folder


def test_a_folder_of_pictures_is_read_by_name_one_a_second(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "stills", "b.png", "a.jpg", "c.bmp")
    (folder / "notes.txt").write_text("not a picture")

    frames = list(recording(folder).frames())

    assert offsets_ms(frames) == [0, 1000, 2000]
    assert [frame.number for frame in frames] == [0, 1, 2]


def test_a_folder_of_pictures_can_be_as_fast_as_told(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "stills", "a.png", "b.png", "c.png")

    assert offsets_ms(list(recording(folder, fps=4.0).frames())) == [0, 250, 500]


def test_a_picture_that_cannot_be_read_keeps_its_place_and_is_told(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "stills", "a.png", "b.png", "c.png")
    (folder / "b.png").write_bytes(b"no picture")
    source = recording(folder)

    frames = list(source.frames())

    assert [(frame.number, frame.time) for frame in frames] == [(0, NOON), (2, NOON + timedelta(seconds=2))]
    assert source.shortfall == "1 of 3 pictures cannot be read, first b.png"


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stills").mkdir()

    with pytest.raises(NoPictures, match="holds no readable picture"):
        next(recording(tmp_path / "stills").frames())


def test_a_recording_is_another_one_when_a_picture_of_it_is(tmp_path: Path) -> None:
    def digest_of(path: Path) -> str:
        return recording(path).digest(lambda file: str(file.read_bytes()))

    path, folder = film(tmp_path / "door.mp4", seconds=0.5), tmp_path / "stills"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(folder / name), scene(0.0, []))
    before, stills = digest_of(path), digest_of(folder)
    assert (digest_of(path), digest_of(folder)) == (before, stills)

    film(path, seconds=0.7)
    cv2.imwrite(str(folder / "b.png"), scene(1.0, [Walker()]))

    assert digest_of(path) != before
    assert digest_of(folder) != stills


def test_the_rest_of_a_recording_keeps_its_numbers_and_times(tmp_path: Path) -> None:
    whole = recording(film(tmp_path / "door.mp4", seconds=0.5))
    frames = [(frame.number, frame.time) for frame in whole.frames()]

    rest = Rest(whole, frames[2][1])

    assert [(frame.number, frame.time) for frame in rest.frames()] == frames[3:]
    assert rest.shortfall is None


@pytest.mark.parametrize(
    ("source", "live"),
    [
        ("0", True),
        ("/dev/video2", True),
        ("rtsp://camera.example/stream", True),
        ("http://camera.example/mjpeg", True),
        ("file:///clips/door.mp4", False),
        ("clips/door.mp4", False),
        ("2026-11-21.mp4", False),
    ],
)
def test_cameras_and_recordings_are_told_apart(source: str, live: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_live(source) is live


@pytest.mark.parametrize("source", ["20261121", "12", "007"])
def test_a_folder_or_a_file_whose_name_is_a_number_is_no_webcam(tmp_path: Path, source: str) -> None:
    pictures(tmp_path / source, "a.png", "b.png")
    film(tmp_path / "door.mp4", seconds=0.5).rename(tmp_path / "13")

    for name, count in ((source, 2), ("13", 5)):
        opened = open_source("door", name, Playing(start=NOON, folder=tmp_path))
        assert len(list(opened.frames())) == count


def test_a_long_number_that_is_not_there_is_a_missing_recording(tmp_path: Path) -> None:
    with pytest.raises(MissingSource, match="'20261121' does not exist"):
        open_source("door", "20261121", Playing(folder=tmp_path))


def test_pictures_are_read_in_the_order_in_which_people_count(tmp_path: Path) -> None:
    names = ["frame10.png", "frame2.png", "Frame1.png", "frame02b.png"]
    folder = tmp_path / "stills"
    folder.mkdir()
    for name, place in zip(names, (9, 5, 1, 7), strict=True):
        cv2.imwrite(str(folder / name), np.full((4, 4, 3), 10 * place, np.uint8))

    assert [int(frame.picture[0, 0, 0]) // 10 for frame in recording(folder).frames()] == [1, 5, 7, 9]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp", ".webp"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_picture_that_was_cut_off_is_told_and_not_taken_for_a_whole_one(
    tmp_path: Path, kind: str, share: float
) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    for name in ("a", "b"):
        cv2.imwrite(str(folder / f"{name}{kind}"), noise)
    content = (folder / f"b{kind}").read_bytes()
    (folder / f"b{kind}").write_bytes(content[: int(len(content) * share)])
    source = recording(folder)

    assert [frame.number for frame in source.frames()] == [0]
    assert source.shortfall == f"1 of 2 pictures cannot be read, first b{kind}"


def test_a_picture_with_a_thumbnail_and_a_trailer_is_whole(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "stills", "a.jpg", "b.jpg")
    content = (folder / "a.jpg").read_bytes()
    thumbnail = b"\xff\xe1" + (2 + len(content)).to_bytes(2) + content
    whole = content[:2] + thumbnail + content[2:]
    (folder / "a.jpg").write_bytes(whole + b"maker's notes")
    (folder / "b.jpg").write_bytes(whole[: len(whole) - 300])
    source = recording(folder)

    assert [frame.number for frame in source.frames()] == [0]
    assert source.shortfall == "1 of 2 pictures cannot be read, first b.jpg"


def test_a_clock_that_is_set_back_makes_no_frame_older_than_the_last() -> None:
    clock = iter([NOON, NOON - timedelta(seconds=5), NOON + timedelta(seconds=1)])
    moments = Moments(now=lambda: next(clock))

    assert [moments.live() for _ in range(3)] == [NOON, NOON + MILLISECOND, NOON + timedelta(seconds=1)]
