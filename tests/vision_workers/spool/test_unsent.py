"""What waits in a spool is noted outside its folder, number by number."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.vision_workers.spool.test_spool import LIMIT, facts, step
from vision_workers.spool.spool import Spool
from vision_workers.spool.unsent import Unsent

KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from tests.vision_workers.spool.test_spool import LIMIT, facts, step
from vision_workers.spool.spool import Spool

path, noted_in = Path(sys.argv[1]), Path(sys.argv[2])
spool = Spool(path, LIMIT, noted_in)
for each in facts(5):
    spool.put(step(each))
spool.acknowledge(spool.batch(2))
shutil.rmtree(path.parent)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "worker.sqlite"


@pytest.fixture
def noted_in(tmp_path: Path) -> Path:
    return tmp_path / "unsent" / "worker.json"


def lost(path: Path, noted_in: Path) -> list[tuple[int, int]]:
    """Return the first and the last number of what a spool that is opened again says is lost."""
    with Spool(path, LIMIT, noted_in) as spool:
        return [(each.first, each.last) for each in spool.unsent.lost]


def noted(noted_in: Path) -> list[tuple[int, int]]:
    return [(each.first, each.last) for each in msgspec.json.decode(noted_in.read_bytes(), type=list[Unsent])]


def test_what_is_put_waits_until_it_is_acknowledged(path: Path, noted_in: Path) -> None:
    with Spool(path, LIMIT, noted_in) as spool:
        told = []
        for each in facts(5):
            spool.put(step(each))
            told.append(noted(noted_in))
        for _ in range(3):
            spool.acknowledge(spool.batch(2))
            told.append(noted(noted_in))
            if not spool.waiting_records:
                break

    assert told == [[(1, 1)], [(1, 2)], [(1, 3)], [(1, 4)], [(1, 5)], [(3, 5)], [(5, 5)], []]


def test_what_waited_in_a_file_that_was_removed_right_before_a_kill_is_known(path: Path, noted_in: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), str(noted_in)], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert lost(path, noted_in) == [(3, 5)]
    assert lost(path, noted_in) == [(3, 5)], "until the record has it"


def test_a_file_that_is_there_after_a_kill_has_lost_nothing(path: Path, noted_in: Path) -> None:
    program = KILLED.replace("shutil.rmtree(path.parent)", "")
    subprocess.run([sys.executable, "-c", program, str(path), str(noted_in)], check=False)

    assert lost(path, noted_in) == []


def test_of_an_older_copy_what_it_has_not_is_lost(path: Path, noted_in: Path) -> None:
    one, two, three = facts(3)
    with Spool(path, LIMIT, noted_in) as spool:
        spool.put(step(one))
    shutil.copy(path, path.with_name("copy"))
    with Spool(path, LIMIT, noted_in) as spool:
        spool.put(step(two, three))
    path.with_name("copy").replace(path)

    assert lost(path, noted_in) == [(2, 3)]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'[{"key": "a/b"}]', b"\xff"])
def test_a_note_that_cannot_be_read_is_none(path: Path, noted_in: Path, content: bytes) -> None:
    noted_in.parent.mkdir()
    noted_in.write_bytes(content)

    assert lost(path, noted_in) == []


def test_a_note_that_cannot_be_written_stops_no_fact(path: Path, noted_in: Path) -> None:
    noted_in.parent.write_text("a file where the folder should be")

    with Spool(path, LIMIT, noted_in) as spool:
        spool.put(step(*facts(2)))
        assert len(spool.batch(10)) == 2
