"""A spool whose file is removed or replaced under the running worker."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.vision_workers.spool.test_spool import LIMIT, facts, sequences, step
from vision_workers.spool.errors import SpoolInUse, SpoolUnusable
from vision_workers.spool.spool import Spool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "worker.sqlite"


def remove_all(path: Path) -> None:
    shutil.rmtree(path.parent)


def remove_file(path: Path) -> None:
    path.unlink()


def remove_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def remove_all_but_the_log(path: Path) -> None:
    for each in path.parent.iterdir():
        if not each.name.endswith("-wal"):
            each.unlink()


def restore(path: Path) -> None:
    """Put an older copy there, as who restores a folder does."""
    for each in path.parent.iterdir():
        each.unlink()
    with closing(sqlite3.connect(path)) as older:
        older.execute("CREATE TABLE older (anything)")


def move_away(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


HARM = [remove_all, remove_file, remove_log, remove_all_but_the_log, restore, move_away]


@pytest.mark.parametrize("harm", HARM)
def test_what_waits_is_written_again_and_nothing_is_lost(path: Path, harm: Callable[[Path], None]) -> None:
    one, two, three = facts(3)
    with Spool(path, LIMIT) as spool:
        spool.put(step(one, two))
        harm(path)
        with capture_logs() as said:
            spool.put(step(three))
        assert sequences(spool) == [1, 2, 3]
        spool.acknowledge(spool.batch(1))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as looking:
            assert looking.execute("SELECT count(*) FROM waiting").fetchone() == (2,)

    assert [each["log_level"] for each in said] == ["error"]
    assert said[0]["event"].startswith("the spool's file was removed or replaced while it was in use")
    with Spool(path, LIMIT) as restarted:
        assert sequences(restarted) == [2, 3]


def test_a_drain_that_looks_is_enough_to_have_it_written_again(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(2)))
        remove_all(path)
        assert sequences(spool) == [1, 2]

        shutil.copytree(path.parent, path.parent.with_name("as the kill left it"))

    with Spool(path.parent.with_name("as the kill left it") / path.name, LIMIT) as after:
        assert sequences(after) == [1, 2]


def test_a_file_that_took_its_place_is_kept_aside(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(2)))
        restore(path)
        spool.put(step(*facts(3)))

    with closing(sqlite3.connect(path.with_name("worker.sqlite.replaced"))) as aside:
        assert aside.execute("SELECT name FROM sqlite_schema").fetchall() == [("older",)]


def test_a_rescue_that_was_cut_off_is_finished_at_the_next_start(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(2)))
    path.rename(path.with_name("worker.sqlite.written-again"))

    with Spool(path, LIMIT) as restarted:
        assert sequences(restarted) == [1, 2]


def test_another_worker_that_has_the_name_meanwhile_is_not_written_over(path: Path) -> None:
    held = f"held = FileLock({f'{path}.lock'!r}); held.acquire()"
    hold = f"import sys; from filelock import FileLock; {held}; print(flush=True); sys.stdin.read()"
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(2)))
        for each in path.parent.iterdir():
            each.unlink()
        with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()

            with pytest.raises(SpoolInUse):
                spool.put(step(*facts(3)))

            other.communicate()
        spool.put(step(*facts(3)))
        assert sequences(spool) == [1, 2, 3]


def test_a_folder_that_takes_nothing_is_told_and_what_waits_stays_until_it_does(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(2)))
        shutil.rmtree(path.parent)
        path.parent.write_text("a file where the folder was")

        with pytest.raises(SpoolUnusable):
            spool.put(step(*facts(3)))

        path.parent.unlink()
        spool.put(step(*facts(3)))
        assert sequences(spool) == [1, 2, 3]
