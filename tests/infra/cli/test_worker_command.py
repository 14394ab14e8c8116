import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.builders.commands import CommandLine
from tests.builders.films import film
from tests.builders.watching import layout, layout_file
from vision_workers.worker.status import WorkerStatus, status_path

PATIENCE_S = 60.0


@pytest.fixture
def shop(tmp_path: Path, blob_model: Path) -> Path:
    film(tmp_path / "door.mp4")
    return layout_file(tmp_path / "shop.toml", layout("door", model=str(blob_model)))


@pytest.fixture
def nobody() -> str:
    """An address where no broker is."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{closed.getsockname()[1]}"


def test_a_worker_without_a_broker_watches_says_so_and_ends_when_told(shop: Path, tmp_path: Path, nobody: str) -> None:
    data = tmp_path / "data"
    worker = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "worker", "--layout", str(shop), "--once"],
        env=os.environ | {"SHOPFLOOR_DATA": str(data), "SHOPFLOOR_KAFKA": nobody},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE_S
    told = None
    while told is None or told.cameras[0].state != "ended" or told.broker == "ok":
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
        if status_path(data, "worker").exists():
            told = msgspec.json.decode(status_path(data, "worker").read_bytes(), type=WorkerStatus)
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=PATIENCE_S)

    assert worker.returncode == 0
    assert told.spool.waiting_records >= 8
    assert "the broker takes nothing; facts wait in the spool" in said
    assert "Traceback" not in said


def test_nothing_that_a_worker_keeps_or_says_holds_the_password_of_a_camera(
    tmp_path: Path, blob_model: Path, nobody: str
) -> None:
    data = tmp_path / "data"
    sources = [
        f"rtsp://{nobody}/user=admin_password=TULIP_channel=1.sdp",
        "rtsp://admin:ROSE/TULIP@127.0.0.1/x",
        "http://${WHERE}/videostream.cgi?loginuse=admin&loginpas=TULIP",
    ]
    described = layout(*"abc", sources=sources, model=str(blob_model))
    shop = layout_file(tmp_path / "shop.toml", described)
    worker = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "worker", "--layout", str(shop)],
        env=os.environ | {"SHOPFLOOR_DATA": str(data), "SHOPFLOOR_KAFKA": nobody, "WHERE": nobody},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE_S
    told = None
    while told is None or not all(each.trouble for each in told.cameras):
        assert time.monotonic() < deadline, told
        time.sleep(0.05)
        if status_path(data, "worker").exists():
            told = msgspec.json.decode(status_path(data, "worker").read_bytes(), type=WorkerStatus)
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=PATIENCE_S)
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())

    assert all(path.stat().st_mode & 0o077 == 0 for path in (data, *data.rglob("*")))
    assert "the password of camera 'b' is written out, and a / ? or # in it ends the address" in said
    assert "ends the address" in str(told.cameras[1].trouble)
    assert b"LayoutPublished" in kept
    assert all(word not in kept and word.decode() not in said for word in (b"TULIP", b"ROSE"))


def test_a_password_that_nobody_gave_is_asked_for_by_its_name(
    shopfloor: CommandLine, tmp_path: Path, blob_model: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", nobody)
    described = layout("door", sources=["rtsp://${DOOR_LOGIN}@127.0.0.1/x"], model=str(blob_model))

    assert shopfloor.run("worker", "--layout", layout_file(tmp_path / "shop.toml", described)) == 2
    assert "the layout's sources name DOOR_LOGIN, which nobody gave" in shopfloor.err


def test_a_worker_needs_the_address_of_a_broker(
    shopfloor: CommandLine, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOPFLOOR_KAFKA", raising=False)

    assert shopfloor.run("worker", "--layout", shop) == 2
    assert "SHOPFLOOR_KAFKA is not set" in shopfloor.err


def test_a_data_folder_that_cannot_be_written_is_one_line(
    shopfloor: CommandLine, shop: Path, tmp_path: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", nobody)
    (tmp_path / "data").write_text("a file where a folder should be")

    assert shopfloor.run("worker", "--layout", shop, "--once") == 1
    assert len(shopfloor.err.splitlines()) == 1
    assert "make its folder writable, or set SHOPFLOOR_DATA" in shopfloor.err


def test_a_wrong_setting_is_told_with_its_name(
    shopfloor: CommandLine, shop: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", nobody)
    monkeypatch.setenv("SHOPFLOOR_SILENCE_S", "soon")

    assert shopfloor.run("worker", "--layout", shop, "--once") == 2
    assert "SHOPFLOOR_SILENCE_S: Input should be a valid number" in shopfloor.err


def test_an_unknown_device_is_told_with_those_that_there_are(
    shopfloor: CommandLine, shop: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", nobody)
    monkeypatch.setenv("SHOPFLOOR_DEVICE", "ABACUS")

    assert shopfloor.run("worker", "--layout", shop, "--once") == 2
    assert "there is no OpenVINO device 'ABACUS' here" in shopfloor.err
