"""Systemd starts each process of the table, and takes the units as they are."""

import shutil
import subprocess
from pathlib import Path

import pytest

from infra.process_table import PROCESSES

UNITS = Path(__file__).parents[3] / "infra" / "systemd"


def test_each_process_is_named_by_a_unit() -> None:
    first = (UNITS / "shopfloor@.service").read_text().partition("\n")[0]
    by_instance = {each.name for each in PROCESSES if f"shopfloor@{each.name}" in first}

    assert by_instance | {"worker", "bridge"} == {each.name for each in PROCESSES}
    assert (UNITS / "shopfloor-bridge.service").is_file()
    assert (UNITS / "shopfloor-worker@.service").is_file()


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: units are not verified")
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/shopfloor/bin/shopfloor", "/bin/true"))
    names = sorted(str(unit) for unit in tmp_path.iterdir())
    done = subprocess.run([program, "verify", *names], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
