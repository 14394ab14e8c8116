"""A webcam through OpenCV's own Video4Linux code: the device is played by a library that answers its system calls."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "builders" / "devices" / "webcam.c"

WATCHING = """
import json, os, threading, time
from pathlib import Path

from vision_workers.cameras.live import LiveSource

plug, source, seen = Path(os.environ["SHOPFLOOR_TEST_UNPLUGGED"]), LiveSource("counter", "0"), []

def plug_in_again():
    while source.trouble is None:
        time.sleep(0.01)
    seen.append(source.trouble)
    plug.unlink()

for frame in source.frames():
    seen.append((frame.number, frame.picture.shape, int(frame.picture[0, 0, 0]), source.trouble))
    if len(seen) == 5:
        plug.touch()
        threading.Thread(target=plug_in_again).start()
    if len(seen) == 9:
        source.stop()
print(json.dumps(seen))
"""


OPENING = """
from vision_workers.cameras.captures import open_live
from vision_workers.cameras.errors import LiveSourceDown

try:
    open_live("/dev/video0", 1000)
except LiveSourceDown as problem:
    print("down:", problem)
"""


@pytest.fixture(scope="module")
def webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library; skips where it cannot be made."""
    compiler = shutil.which("cc")
    if compiler is None or not Path("/usr/include/linux/videodev2.h").exists():
        pytest.skip("no C compiler with Linux's headers: the webcam that is played cannot be made")
    library = tmp_path_factory.mktemp("webcam") / "webcam.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def test_a_webcam_delivers_is_unplugged_and_delivers_again(webcam: Path, tmp_path: Path) -> None:
    preloaded = {"LD_PRELOAD": str(webcam), "SHOPFLOOR_TEST_UNPLUGGED": str(tmp_path / "unplugged")}
    watching = subprocess.run(
        [sys.executable, "-c", WATCHING], env=os.environ | preloaded, capture_output=True, text=True, check=True
    )

    *before, trouble = json.loads(watching.stdout)[:6]
    after = json.loads(watching.stdout)[6:]
    assert trouble == "the camera stopped sending"
    assert [number for number, *_ in (*before, *after)] == list(range(8))
    assert {tuple(shape) for _, shape, *_ in (*before, *after)} == {(240, 320, 3)}
    greys = [grey for _, _, grey, _ in (*before, *after)]
    assert greys == sorted(set(greys))
    assert [problem for *_, problem in (*before, *after)] == [None] * 8
    assert watching.stderr == ""


def test_a_webcam_that_is_not_plugged_in_is_told_with_what_is_there(webcam: Path, tmp_path: Path) -> None:
    unplugged = tmp_path / "unplugged"
    unplugged.touch()
    preloaded = {"LD_PRELOAD": str(webcam), "SHOPFLOOR_TEST_UNPLUGGED": str(unplugged)}
    told = subprocess.run(
        [sys.executable, "-c", OPENING], env=os.environ | preloaded, capture_output=True, text=True, check=True
    )

    assert told.stdout.startswith("down: ")
    assert "is no device 0 that opens" in told.stdout
    assert told.stderr == ""
