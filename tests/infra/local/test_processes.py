"""Children leave no orphans, whatever happens to their parent."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.local.processes import ChildRecord, recover, start_child, stop_orphans

PARENT = """
import signal, sys, time
from pathlib import Path
from infra.local.processes import start_child
folder, signal_name = Path(sys.argv[1]), sys.argv[2]
shell = ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]
ask = signal.Signals[signal_name] if signal_name != "none" else None
child = start_child(shell, record_file=folder / "shell.json", log=folder / "shell.log", on_parent_death=ask)
print(child.pid, flush=True)
time.sleep(600)
"""
GRACE_S = 20


def _runs(process: psutil.Process) -> bool:
    """Return whether it still runs; one that only waits for its parent to read its status does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _killed_parent(folder: Path, signal_name: str) -> tuple[psutil.Process, psutil.Process]:
    """Start a parent with child and grandchild, kill -9 the parent, return the other two."""
    with subprocess.Popen([sys.executable, "-c", PARENT, str(folder), signal_name], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        log = folder / "shell.log"
        while not log.exists() or not log.read_text().strip():
            assert _runs(child)
        grandchild = psutil.Process(int(log.read_text()))
        parent.kill()
    return child, grandchild


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    child, grandchild = _killed_parent(tmp_path, "SIGKILL")

    psutil.wait_procs([child], timeout=GRACE_S)
    assert not _runs(child)

    assert recover(tmp_path) == 1, "the grandchild is found by its mark"
    assert not _runs(grandchild)


def test_the_next_start_ends_what_a_killed_parent_left_behind(tmp_path: Path) -> None:
    child, grandchild = _killed_parent(tmp_path, "none")
    assert _runs(child)

    assert recover(tmp_path) == 2

    assert not _runs(child)
    assert not _runs(grandchild)
    assert list(tmp_path.glob("*.json")) == []


def test_a_process_that_only_got_the_same_number_is_left_alone(tmp_path: Path) -> None:
    stranger = start_child(["/bin/sleep", "600"], record_file=tmp_path / "stranger.json", log=tmp_path / "log")
    started = psutil.Process(stranger.pid).create_time()

    assert stop_orphans(ChildRecord(pid=stranger.pid, started=started - 60, program="/bin/sleep", mark="another")) == 0
    assert stop_orphans(ChildRecord(pid=stranger.pid, started=started, program="/usr/bin/java", mark="another")) == 0
    assert stranger.is_alive()

    stranger.stop(signal.SIGTERM, GRACE_S)
    assert not stranger.is_alive()


def test_a_child_that_does_not_listen_is_ended_with_its_children(tmp_path: Path) -> None:
    deaf = ["/bin/sh", "-c", "trap '' TERM INT; sleep 600 & echo $!; wait; sleep 600"]
    child = start_child(deaf, record_file=tmp_path / "deaf.json", log=tmp_path / "log")
    while not (tmp_path / "log").read_text().strip():
        assert child.is_alive()
    grandchild = psutil.Process(int((tmp_path / "log").read_text()))

    child.stop(signal.SIGTERM, patience_s=0.2)

    assert not child.is_alive()
    assert not _runs(grandchild)
