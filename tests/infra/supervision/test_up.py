"""`shopfloor up` keeps everything running, whoever dies, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from infra.health.metrics import check_metrics
from infra.local.ports import free_port
from infra.local.processes import read_record
from infra.local.running import find_running
from infra.settings import Settings
from tests.builders.own_services import services_folder

PATIENCE_S = 90.0
ROLES = ("api", "dispatcher", "kafka", "monitor", "postgresql", "projector", "sealer")


@pytest.fixture
def folder() -> Iterator[Path]:
    with services_folder() as folder:
        yield folder


@pytest.fixture
def metrics() -> Settings:
    return Settings(metrics_port=free_port())


@pytest.fixture
def running(folder: Path, metrics: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "up"],
        env=environment | {"SHOPFLOOR_DATA": str(folder), "SHOPFLOOR_METRICS_PORT": str(metrics.metrics_port)},
        stdout=subprocess.PIPE,
    ) as process:
        yield process
        process.kill()


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def _process(folder: Path, role: str) -> psutil.Process | None:
    record = read_record(folder / "processes" / f"{role}.json")
    try:
        return psutil.Process(record.pid) if record else None
    except psutil.NoSuchProcess:
        return None


def _kill_and_await_successor(folder: Path, role: str) -> None:
    """A process that waits to be started again because of an earlier death is waited for."""
    _until(lambda: _process(folder, role) is not None)
    before = _process(folder, role)
    assert before is not None
    before.kill()
    _until(lambda: (now := _process(folder, role)) is not None and now.pid != before.pid)


def test_whoever_dies_is_started_again_and_ctrl_c_stops_everything(
    running: "subprocess.Popen[bytes]", folder: Path, metrics: Settings
) -> None:
    _until(lambda: find_running(folder) is not None and all(_process(folder, role) for role in ROLES))

    for role in ROLES:
        _kill_and_await_successor(folder, role)
    _until(lambda: find_running(folder) is not None)
    first = metrics.metrics_port or 0
    served = {"projector": first, "monitor": first + 1, "sealer": first + 2, "dispatcher": first + 4}
    detail = ", ".join(f"{name} on {port}" for name, port in served.items())
    _until(lambda: check_metrics(metrics).detail == detail)
    last = [process for role in ROLES if (process := _process(folder, role))]
    everybody = [*last, *(child for process in last for child in process.children(recursive=True))]
    running.send_signal(signal.SIGINT)

    assert running.wait(PATIENCE_S) == 0
    _, alive = psutil.wait_procs(everybody, timeout=PATIENCE_S)
    assert alive == []
    assert list((folder / "processes").iterdir()) == []
