"""Pictures go in, what they show comes out; what would take too much is refused for the price of its header."""

import io
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.builders.hostile_pictures import jpeg, photo, png
from tests.builders.model_servers import AskedModels, blue_person, encoded
from vision_workers.detectors import ObjectDetector
from vision_workers.serving.errors import UnusablePicture
from vision_workers.serving.pictures import decode

PNG, JPEG = {"content-type": "image/png"}, {"content-type": "image/jpeg"}


@pytest.fixture
async def client(blobs_folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with AskedModels(blobs_folder.parent).client() as client:
        yield client


async def test_a_picture_is_answered_as_the_worker_sees_it(client: httpx.AsyncClient, blobs: ObjectDetector) -> None:
    picture = blue_person(200)
    seen = blobs.detect(picture).things()
    answer = (await client.post("/detect", content=encoded(picture), headers=PNG)).json()

    (found,) = answer["detections"]
    assert (answer["model_name"], answer["width"], answer["height"]) == ("blobs", 200, 200)
    assert (found["class"], found["confidence"]) == ("person", seen[0].confidence)
    assert list(found["box"].values()) == [seen[0].box.x0, seen[0].box.y0, seen[0].box.x1, seen[0].box.y1]


async def test_a_jpeg_is_turned_as_its_camera_was_held(client: httpx.AsyncClient) -> None:
    lying, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[30:70, 20:60] = (0, 0, 255)
    Image.fromarray(picture).save(lying, "JPEG", exif=exif, quality=95)
    answer = (await client.post("/detect?model=blobs", content=lying.getvalue(), headers=JPEG)).json()

    assert (answer["width"], answer["height"]) == (100, 200)
    assert answer["detections"][0]["box"]["y0"] < 0.2


async def test_a_picture_in_another_form_an_unknown_model_and_an_unknown_locale_are_told(
    client: httpx.AsyncClient,
) -> None:
    content = encoded(blue_person())
    gif = await client.post("/detect", content=content, headers={"content-type": "image/gif"})
    model = await client.post("/detect?model=cats", content=content, headers=PNG)
    locale = await client.post("/read?locale=xx_XX", content=content, headers=PNG)
    none = await client.post("/read", content=content, headers=PNG)

    assert [each.status_code for each in (gif, model, locale, none)] == [415, 404, 400, 400]
    assert "image/jpeg" in gif.json()["error"]
    assert "ja_JP" in locale.json()["error"]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (jpeg(10_000, 10_000), "image/jpeg", "make it smaller"),
        (jpeg(65_000, 65_000), "image/jpeg", "make it smaller"),
        (jpeg(65_000, 9), "image/jpeg", "make it smaller"),
        (jpeg(scans=500), "image/jpeg", "scans"),
        (png(10_000, 10_000, bytes(10_000_000)), "image/png", "make it smaller"),
        (png(2**31 - 1, 2**31 - 1), "image/png", "make it smaller"),
        (png(1, 1, b"\x00\x00\x00\x00"), "image/png", "at least 8"),
        (png(64, 64, bytes(90_000_000)), "image/png", None),
        (png(4_000, 4_000), "image/png", "cannot be decoded"),
        (photo()[:-200], "image/jpeg", "cut off"),
        (photo()[: len(photo()) // 2], "image/jpeg", "cut off"),
        (jpeg()[:30], "image/jpeg", "cannot be decoded"),
        (encoded(blue_person(300))[:-60], "image/png", "cannot be decoded"),
        (jpeg(), "image/png", "no whole PNG"),
        (b"", "image/jpeg", "no whole JPEG"),
        (b"GIF89a", "image/jpeg", "no whole JPEG"),
    ],
    ids=range(16),
)
def test_bombs_and_cut_off_pictures_are_refused(content: bytes, kind: str, said: str | None) -> None:
    if said is None:  # more pixels than its header says are left where they are
        assert decode(content, kind).shape == (64, 64, 3)
        return
    with pytest.raises(UnusablePicture, match=said):
        decode(content, kind)


def test_whatever_is_cut_off_or_changed_is_a_picture_or_refused() -> None:
    whole = {"image/jpeg": encoded(blue_person(64), ".jpg"), "image/png": encoded(blue_person(64))}
    random, refused = np.random.default_rng(1), 0
    for kind, content in whole.items():
        for _ in range(300):
            changed = bytearray(content)
            changed[int(random.integers(len(changed)))] ^= int(random.integers(1, 256))
            try:
                decode(bytes(changed[: int(random.integers(1, 2 * len(changed)))]), kind)
            except UnusablePicture:
                refused += 1
    assert 0 < refused < 600


BOMB = """
import resource, sys, time
from vision_workers.serving.errors import UnusablePicture
from vision_workers.serving.pictures import decode
from tests.builders.hostile_pictures import jpeg, png
bombs = [(jpeg(10_000, 10_000), "image/jpeg"), (jpeg(scans=5_000), "image/jpeg"),
         (png(40_000, 40_000, bytes(30_000_000)), "image/png"), (png(64, 64, bytes(30_000_000)), "image/png")]
decode(jpeg(), "image/jpeg")
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
for content, kind in bombs * 3:
    try:
        decode(content, kind)
    except UnusablePicture:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, time.process_time() - began)
"""


def test_refusing_bombs_takes_neither_memory_nor_time() -> None:
    done = subprocess.run([sys.executable, "-c", BOMB], capture_output=True, text=True, check=True)
    kilobytes, seconds = map(float, done.stdout.split())

    assert kilobytes < 20_000
    assert seconds < 5


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, which is as empty afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.usefixtures("empty")
async def test_no_picture_is_kept(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        answer = await client.post("/detect", content=encoded(blue_person(500)), headers=PNG)
        assert answer.json()["detections"]
