import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.builders.commands import CommandLine
from tests.builders.films import RED, Walker, film, scene
from tests.builders.networks import always, save_model
from tests.builders.watching import layout, layout_file


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return layout_file(tmp_path / "shop.toml", layout("door"))


def kinds(lines: bytes) -> list[str]:
    return [json.loads(line)["type"].split(".")[1] for line in lines.splitlines()]


WALK = ["CameraOnline", "ShopperEntered", "ZoneEntered", "LineCrossed", "ZoneExited", "ShopperExited", "MinutePassed"]


def test_events_go_to_stdout_one_a_line_and_everything_else_to_stderr(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    video = film(tmp_path / "door.mp4")

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model) == 0

    events = [json.loads(line) for line in shopfloor.out.splitlines()]
    assert sorted(kinds(shopfloor.out)) == sorted(WALK)
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert events[0]["time"] == "1970-01-01T00:00:00.000Z"
    assert "40 frames" in shopfloor.err
    (dwell_s,) = (event["data"]["dwell_ms"] / 1_000 for event in events if ".ZoneExited." in event["type"])
    assert shopfloor.err.splitlines()[-3:] == [
        "people: 1 entered, 1 left",
        "line door-middle: 1 in, 0 out",
        f"zone Aisle: 1 stay, median {dwell_s:.1f} s",
    ]


def test_events_and_samples_go_to_files_and_time_counts_from_the_start_that_is_told(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    video, events, samples = film(tmp_path / "door.mp4"), tmp_path / "events.jsonl", tmp_path / "samples.jsonl"
    told = ["--events", events, "--samples", samples, "--start-time", "2026-11-21T12:00:00+01:00"]

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model, *told) == 0

    assert shopfloor.out == b""
    assert json.loads(events.read_bytes().splitlines()[0])["time"] == "2026-11-21T11:00:00.000Z"
    positions = [json.loads(line) for line in samples.read_bytes().splitlines()]
    assert len(positions) == 6
    assert all(0.0 <= position["foot"][0] <= 1.0 for position in positions)


def test_a_folder_of_pictures_is_one_camera(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in range(40):
        cv2.imwrite(str(folder / f"{number:03d}.png"), scene(number / 10, [Walker()]))

    assert shopfloor.run("try", folder, "--layout", shop, "--model", blob_model, "--fps", "10") == 0

    assert sorted(kinds(shopfloor.out)) == sorted(WALK)


def test_people_in_the_overlay_cannot_be_recognised(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(200, 255, (200, 48), np.uint8)
    stripes = np.zeros((400, 640, 3), np.uint8)
    writer = cv2.VideoWriter(str(tmp_path / "door.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 400))
    for number in range(20):
        picture = stripes.copy()
        picture[100:300, 40 + 10 * number : 88 + 10 * number, 2] = noise
        writer.write(picture)
    writer.release()

    def roughness(overlay: Path) -> float:
        capture = cv2.VideoCapture(str(overlay))
        frames = []
        while capture.grab():
            frames.append(np.asarray(capture.retrieve()[1], np.float32))
        inside = frames[10][150:250, 150:176, 2]
        return float(np.abs(np.diff(inside, axis=0)).mean())

    common = ["try", tmp_path / "door.mp4", "--layout", shop, "--model", blob_model, "--overlay"]
    assert shopfloor.run(*common, tmp_path / "sharp.mp4", "--no-blur") == 0
    assert shopfloor.run(*common, tmp_path / "blurred.mp4") == 0

    assert roughness(tmp_path / "blurred.mp4") < roughness(tmp_path / "sharp.mp4") / 2


def test_an_overlay_is_what_browsers_play_and_each_frame_lasts_as_long_as_it_did(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    video, overlay = film(tmp_path / "door.mp4"), tmp_path / "seen.mp4"

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model, "--overlay", overlay) == 0

    with av.open(str(video)) as was, av.open(str(overlay)) as shown:
        assert (shown.streams.video[0].codec.name, shown.streams.video[0].pix_fmt) == ("h264", "yuv420p")
        times = [[round(frame.time, 2) for frame in each.decode(video=0)] for each in (was, shown)]
    assert times[0] == times[1]
    assert overlay.read_bytes().index(b"moov") < overlay.read_bytes().index(b"mdat"), "a browser need not have it all"


def test_who_comes_into_the_picture_is_blurred_before_they_are_detected(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 60, 3), np.uint8)
    writer = cv2.VideoWriter(str(tmp_path / "door.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (640, 400))
    for number in range(12):
        picture = np.zeros((400, 640, 3), np.uint8)
        picture[100:300, :60] = noise // 4  # somebody half in the dark, as of whom the detector sees nothing
        if number >= 4:
            picture[100:300, 10:60] = (0, 0, 255)
        writer.write(picture)
    writer.release()

    def roughness(name: str, *words: str) -> list[float]:
        out = tmp_path / name
        told = ["try", tmp_path / "door.mp4", "--layout", shop, "--model", blob_model, "--overlay", out, *words]
        assert shopfloor.run(*told) == 0
        with av.open(str(out)) as container:
            shown = [frame.to_ndarray(format="gray")[150:250, :55].astype(float) for frame in container.decode(video=0)]
        return [float(np.abs(np.diff(each, axis=0)).mean()) for each in shown[:4]]

    sharp, blurred = roughness("sharp.mp4", "--no-blur"), roughness("blurred.mp4")
    assert all(one < other / 2 for one, other in zip(blurred, sharp, strict=True))


@pytest.mark.parametrize("name", ["nowhere/seen.mp4", "seen.txt", "seen"])
def test_an_overlay_that_cannot_be_written_is_told_before_anything_is_watched(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path, name: str
) -> None:
    video, overlay = film(tmp_path / "door.mp4"), tmp_path / name

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model, "--overlay", overlay) == 1
    assert shopfloor.err.startswith(f"shopfloor: overlay {overlay} cannot be written (")
    assert shopfloor.out == b""


def test_several_cameras_and_none_named_are_refused(shopfloor: CommandLine, blob_model: Path, tmp_path: Path) -> None:
    shop = layout_file(tmp_path / "shop.toml", layout("door", "aisle"))
    video = film(tmp_path / "door.mp4")

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model) == 2
    assert shopfloor.err == "shopfloor: the layout has several cameras; give --camera with one of: door, aisle\n"
    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model, "--camera", "till") == 2
    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model, "--camera", "door") == 0


def test_a_video_that_is_not_there_is_one_line_on_stderr(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    words = ["try", tmp_path / "door.mp4", "--layout", shop, "--model", blob_model]

    assert shopfloor.run(*words) == 2
    assert shopfloor.out == b""
    assert shopfloor.err.endswith("a folder of images, a device number or an address\n")
    (tmp_path / "door.mp4").touch()
    assert shopfloor.run(*words) == 2
    assert "is empty (0 bytes)" in shopfloor.err
    assert len(shopfloor.err.splitlines()) == 1


def test_a_file_that_is_no_video_is_one_line_on_stderr_without_the_codecs_own(
    shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "door.mp4").write_bytes(b"milk and bread" * 99)
    words = ["try", tmp_path / "door.mp4", "--layout", shop, "--model", blob_model]

    ended = subprocess.run(
        [sys.executable, "-m", "infra.cli", *map(str, words)],
        env=os.environ | {"SHOPFLOOR_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "is no video that can be read" in ended.stderr


def test_a_video_with_a_corrupt_tail_gives_what_there_is_and_a_warning(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    video = tmp_path / "door.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (256, 128))
    for number in range(40):
        writer.write(scene(number / 10, [Walker(RED, 0.0, 6.0)]))
    writer.release()
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 2 // 3])

    assert shopfloor.run("try", video, "--layout", shop, "--model", blob_model) == 0
    assert "ShopperEntered" in kinds(shopfloor.out)
    assert "warning: the video can be read up to frame" in shopfloor.err


def test_a_model_that_floods_gives_no_facts_and_a_warning(shopfloor: CommandLine, shop: Path, tmp_path: Path) -> None:
    rows = [(0.01 * n, 0.3, 0.01 * n + 0.1, 0.9, 0.9) for n in range(80)]
    flood = save_model(always(rows), tmp_path / "flood")

    assert shopfloor.run("try", film(tmp_path / "door.mp4", seconds=8), "--layout", shop, "--model", flood) == 0
    assert shopfloor.out == b""
    assert "model flood is not believed and its facts are withheld: 80 detections a frame" in shopfloor.err


def test_a_live_camera_is_not_tried_for_ever(shopfloor: CommandLine, shop: Path, blob_model: Path) -> None:
    assert shopfloor.run("try", "rtsp://camera.example/1", "--layout", shop, "--model", blob_model) == 2
    assert "try a recording of it" in shopfloor.err


def test_a_time_that_cannot_be_read_is_refused(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    words = ["try", film(tmp_path / "door.mp4"), "--layout", shop, "--model", blob_model]

    assert shopfloor.run(*words, "--start-time", "yesterday") == 2
    assert "2026-11-21T09:00:00Z" in shopfloor.err


def test_an_events_file_that_cannot_be_written_is_one_line(
    shopfloor: CommandLine, shop: Path, blob_model: Path, tmp_path: Path
) -> None:
    words = ["try", film(tmp_path / "door.mp4"), "--layout", shop, "--model", blob_model]

    assert shopfloor.run(*words, "--events", tmp_path / "nowhere" / "events.jsonl") == 1
    assert "events.jsonl cannot be written" in shopfloor.err
