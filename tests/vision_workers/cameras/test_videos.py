"""Recordings as cameras and recorders really write them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from tests.builders.films import HEIGHT, WIDTH
from tests.builders.videos import GROUP, combed, damage, middle, packets_of, redness, video, walk
from vision_workers.cameras import Playing, open_recording
from vision_workers.cameras.errors import UnreadableVideo
from vision_workers.cameras.recordings import Recording
from vision_workers.frames import Frame

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PERSON = 24 * 72
"""Pixels of the person in the picture."""


def opened(path: Path) -> Recording:
    return open_recording("door", str(path), Playing(start=NOON))


def offsets_ms(frames: list[Frame]) -> list[int]:
    return [(frame.time - NOON) // timedelta(milliseconds=1) for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec", "options", "pixels"),
    [
        ("h264.mp4", "libx264", {"x264-params": "interlaced=1:tff=1"}, "yuv420p"),
        ("h264-444.mp4", "libx264", {"x264-params": "interlaced=1:tff=1"}, "yuv444p"),
        ("bottom-first.mkv", "libx264", {"x264-params": "interlaced=1:bff=1"}, "yuv420p"),
        ("mpeg2.mpg", "mpeg2video", {"flags": "+ilme+ildct"}, "yuv420p"),
        ("mpeg2.ts", "mpeg2video", {"flags": "+ilme+ildct"}, "yuv422p"),
    ],
)
def test_interlaced_video_shows_one_moment_in_each_picture(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], pixels: str
) -> None:
    fps = 25 if codec == "mpeg2video" else 10
    source = opened(video(tmp_path / name, combed(), codec, fps=fps, options=options, pixels=pixels))

    frames = list(source.frames())

    assert len(frames) == 40
    assert source.shortfall is None
    assert {frame.picture.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}
    assert all(abs(redness(frame.picture) - PERSON) < 0.15 * PERSON for frame in frames[1:-1])
    combs = [abs(middle(frame.picture[::2]) - middle(frame.picture[1::2])) for frame in frames]
    assert max(combs) < 1.5
    assert np.allclose([middle(each.picture) for each in frames], [middle(each) for each in walk()], atol=4.0)


@pytest.mark.parametrize("name", ["door.mp4", "door.mkv", "door.avi"])
def test_one_damaged_packet_costs_its_own_frames_and_is_told(tmp_path: Path, name: str) -> None:
    source = opened(damage(video(tmp_path / name, walk()), 18))

    frames = list(source.frames())

    assert len(frames) >= 38
    assert abs(offsets_ms(frames)[-1] - 3900) <= 100
    assert source.shortfall == "1 frame of the video is damaged, the first near second 2"


def test_a_damaged_key_frame_costs_what_depends_on_it(tmp_path: Path) -> None:
    source = opened(damage(video(tmp_path / "door.mp4", walk()), 20, 8))

    frames = list(source.frames())

    assert offsets_ms(frames)[-1] == 3900
    assert re.fullmatch(r"\d+ frames of the video are damaged, the first near second 1", source.shortfall or "")


def test_a_video_that_begins_between_key_frames_is_read_from_its_first_key_frame(tmp_path: Path) -> None:
    path = video(tmp_path / "door.ts", walk(), keep=lambda number: number >= 4)
    source = opened(path)

    frames = list(source.frames())

    assert offsets_ms(frames) == list(range(600, 3600, 100))


def test_a_rest_that_is_missing_is_told(tmp_path: Path) -> None:
    path = video(tmp_path / "door.mp4", walk(), container={"movflags": "faststart"})
    at, size = packets_of(path)[29]
    path.write_bytes(path.read_bytes()[: at + size])
    source = opened(path)

    frames = list(source.frames())

    assert len(frames) == 30
    assert source.shortfall == "the video can be read up to frame 30 of 40 only"


def test_a_rest_that_is_missing_is_told_where_no_number_of_frames_is_promised(tmp_path: Path) -> None:
    path = video(tmp_path / "door.mkv", walk(80))
    at, size = packets_of(path)[39]
    path.write_bytes(path.read_bytes()[: at + size])
    source = opened(path)

    assert 38 <= len(list(source.frames())) <= 40
    assert source.shortfall is not None
    assert source.shortfall.endswith("of 8.0 only")


def cut_without_encoding(path: Path, whole: Path, from_frame: int) -> Path:
    """Copy a video from some frame on, as editors do: from the key frame before it, which is not to be shown."""
    with av.open(str(whole)) as source, av.open(str(path), "w") as out:
        taken = source.streams.video[0]
        stream = out.add_stream_from_template(taken)
        for number, packet in enumerate(source.demux(taken)):
            if number >= from_frame // GROUP * GROUP and packet.pts is not None and packet.dts is not None:
                cut = from_frame * (packet.duration or 0)
                packet.pts, packet.dts, packet.stream = packet.pts - cut, packet.dts - cut, stream
                out.mux(packet)
    return path


def test_a_video_that_was_cut_without_encoding_is_whole(tmp_path: Path) -> None:
    source = opened(cut_without_encoding(tmp_path / "cut.mp4", video(tmp_path / "door.mp4", walk()), 15))

    frames = list(source.frames())

    assert len(frames) == 25
    assert source.shortfall is None


@pytest.mark.parametrize("name", ["door.mp4", "door.mkv", "door.ts"])
def test_a_variable_frame_rate_and_a_late_start_are_no_missing_rest(tmp_path: Path, name: str) -> None:
    times = [3000, 3100, 3200, 8000, 8100, 20_000]
    source = opened(video(tmp_path / name, walk(6), at_ms=times))

    assert offsets_ms(list(source.frames())) == [time - 3000 for time in times]
    assert source.shortfall is None


def silence(begins: int, count: int) -> av.AudioFrame:
    """Return sound without any, 8,000 values a second."""
    heard = av.AudioFrame.from_ndarray(np.zeros((1, count), np.int16), format="s16", layout="mono")
    heard.sample_rate, heard.pts = 8000, begins
    return heard


def test_sound_that_goes_on_longer_is_no_missing_rest(tmp_path: Path) -> None:
    path = video(tmp_path / "silent.mkv", walk())
    with av.open(str(path)) as silent, av.open(str(tmp_path / "door.mkv"), "w") as out:
        pictures, sound = out.add_stream_from_template(silent.streams.video[0]), out.add_stream("pcm_s16le", rate=8000)
        for packet in silent.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                out.mux(packet)
        for second in range(9):
            out.mux(sound.encode(silence(second * 8000, 8000)))
    source = opened(tmp_path / "door.mkv")

    assert len(list(source.frames())) == 40
    assert source.shortfall is None


@pytest.mark.parametrize(("name", "codec"), [("door.h264", "libx264"), ("door.hevc", "libx265"), ("door.m4v", "mpeg4")])
@pytest.mark.parametrize("fps", [10, 12])
def test_a_raw_stream_has_the_frame_rate_of_its_header(tmp_path: Path, name: str, codec: str, fps: int) -> None:
    source = opened(video(tmp_path / name, walk(24), codec, fps=fps, options={"x265-params": "log-level=none"}))

    assert offsets_ms(list(source.frames())) == [number * 1000 // fps for number in range(24)]
    assert source.shortfall is None


def test_av1_is_read(tmp_path: Path) -> None:
    source = opened(video(tmp_path / "door.mp4", walk(12), "libsvtav1", options={"preset": "12"}))

    assert len(list(source.frames())) == 12


@pytest.mark.parametrize("name", ["2026-11-21T12:30:00.mp4", "tills: left.mp4", "door 50%.mp4", "rtsp:door.mp4"])
def test_any_file_name_is_a_file_name(tmp_path: Path, name: str) -> None:
    assert len(list(opened(video(tmp_path / "door.mp4", walk(5)).rename(tmp_path / name)).frames())) == 5


def test_text_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread\n" * 50)

    with pytest.raises(UnreadableVideo, match="holds no video"):
        next(opened(tmp_path / "notes.txt").frames())


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "door.wav"), "w") as out:
        sound = out.add_stream("pcm_s16le", rate=8000)
        out.mux(sound.encode(silence(0, 800)))

    with pytest.raises(UnreadableVideo, match="holds no video"):
        next(opened(tmp_path / "door.wav").frames())


MATRIX = b"\x00\x01\x00\x00" + b"\x00" * 12 + b"\x00\x01\x00\x00" + b"\x00" * 12 + b"\x40\x00\x00\x00"
QUARTER_CLOCKWISE = (
    b"\x00" * 4 + b"\x00\x01\x00\x00" + b"\x00" * 4 + b"\xff\xff\x00\x00" + b"\x00" * 16 + b"\x40\x00\x00\x00"
)


def test_a_video_that_was_taken_on_its_side_is_shown_upright(tmp_path: Path) -> None:
    path = video(tmp_path / "phone.mp4", walk(5))
    content = path.read_bytes()
    track = content.index(b"tkhd")
    turned = content[:track] + content[track:].replace(MATRIX, QUARTER_CLOCKWISE, 1)
    assert turned != content
    path.write_bytes(turned)

    first = next(opened(path).frames()).picture

    assert first.shape == (WIDTH, HEIGHT, 3)
    assert redness(first[:40]) > 0.8 * PERSON


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("clip", "frames", "told"),
    [
        ("two", 190, None),
        ("two-cut", 175, None),
        ("two-quiet30", 171, None),
        ("two-interlaced", 190, None),
        ("two-hole", 189, "1 frame of the video is damaged, the first near second 5"),
    ],
)
def test_clips_out_of_bug_reports_are_read_whole(shared_data: Path, clip: str, frames: int, told: str | None) -> None:
    source = opened(shared_data / "cases" / f"{clip}.mp4")

    assert len(list(source.frames())) == frames
    assert source.shortfall == told
