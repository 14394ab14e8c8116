"""An existing cluster over TLS and SASL: every way in works, and every refusal is one line that says what to do."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from event_store.connection import KafkaConnection
from event_store.errors import BrokerRefuses, BrokerUnreachable, UnusableCertificates
from event_store.topics import Topics
from event_store.writer import EventWriter
from infra.health.lag import find_partitions
from infra.local.topics import make_topics
from tests.builders.authorities import Authority
from tests.builders.secured_kafka import (
    PLAIN_PASSWORD,
    PLAIN_USER,
    SCRAM_PASSWORD,
    SCRAM_USER,
    SecuredBroker,
)

pytestmark = pytest.mark.kafka

WRONG = "hocuspocus"


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "stranger", "somebody else")


@pytest.fixture
def plain(secured_broker: SecuredBroker, authority: Authority) -> KafkaConnection:
    return KafkaConnection(
        bootstrap=secured_broker.bootstrap,
        protocol="SASL_SSL",
        ca_file=authority.file,
        user=PLAIN_USER,
        password=PLAIN_PASSWORD,
    )


@pytest.fixture
def scram(plain: KafkaConnection) -> KafkaConnection:
    return replace(plain, mechanism="SCRAM-SHA-512", user=SCRAM_USER, password=SCRAM_PASSWORD)


@pytest.fixture
def certified(secured_broker: SecuredBroker, authority: Authority) -> KafkaConnection:
    certificate, key = authority.client("worker")
    return KafkaConnection(
        bootstrap=secured_broker.for_certificates,
        protocol="SSL",
        ca_file=authority.file,
        certificate_file=certificate,
        key_file=key,
    )


@pytest.mark.parametrize("way", ["plain", "scram", "certified"])
async def test_every_way_in_makes_topics_writes_and_reads(way: str, request: pytest.FixtureRequest) -> None:
    connection: KafkaConnection = request.getfixturevalue(way)
    topics = Topics(prefix=f"{way}.")
    make_topics(connection, topics.specs())

    async with EventWriter(connection, topics.events) as writer:
        (position,) = await writer.write_bytes([("acme/corner", b"a fact")])
    async with AIOKafkaConsumer(
        topics.events, **connection.client_options(), auto_offset_reset="earliest", group_id=f"{way}-readers"
    ) as reader:
        record = await reader.getone()

    assert (record.partition, record.offset, record.value) == (position.partition, position.offset, b"a fact")


async def _refused(connection: KafkaConnection) -> str:
    """Return what is said, the same by all who begin to use the connection."""
    with pytest.raises(BrokerRefuses) as told:
        await find_partitions(connection, "topic")
    with pytest.raises(BrokerRefuses) as written:
        async with EventWriter(connection, "topic"):
            pass
    with pytest.raises(BrokerRefuses) as made:
        make_topics(connection, Topics().specs())
    assert str(told.value) == str(written.value) == str(made.value)
    assert "\n" not in str(told.value)
    assert PLAIN_PASSWORD not in str(told.value)
    return str(told.value)


async def test_a_wrong_password_is_told_as_that(plain: KafkaConnection, scram: KafkaConnection) -> None:
    for connection in (plain, scram):
        assert "correct SHOPFLOOR_KAFKA_USER and" in await _refused(replace(connection, password=WRONG))


async def test_a_mechanism_that_the_broker_has_not_is_named(scram: KafkaConnection) -> None:
    said = await _refused(replace(scram, mechanism="SCRAM-SHA-256"))

    assert "it takes no SCRAM-SHA-256; set SHOPFLOOR_KAFKA_MECHANISM" in said


async def test_a_broker_signed_for_by_somebody_else_is_not_trusted(plain: KafkaConnection, stranger: Authority) -> None:
    for file in (stranger.file, None):
        assert "set SHOPFLOOR_KAFKA_CA_FILE to the authority's file" in await _refused(replace(plain, ca_file=file))


async def test_a_certificate_for_another_name_is_not_trusted(plain: KafkaConnection) -> None:
    elsewhere = plain.bootstrap.replace("127.0.0.1", "localhost")

    assert "its certificate is for another name" in await _refused(replace(plain, bootstrap=elsewhere))


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
async def test_a_client_without_tls_is_told_that_the_broker_wants_it(plain: KafkaConnection, protocol: str) -> None:
    assert "it speaks TLS there" in await _refused(replace(plain, protocol=protocol))  # type: ignore[arg-type]


async def test_a_client_with_tls_is_told_that_the_broker_has_none(plain: KafkaConnection, kafka: str) -> None:
    assert "it speaks no TLS there" in await _refused(replace(plain, bootstrap=kafka))


async def test_a_client_without_a_user_is_told_that_one_may_be_wanted(plain: KafkaConnection) -> None:
    with pytest.raises(BrokerUnreachable, match="SHOPFLOOR_KAFKA_USER"):
        await find_partitions(replace(plain, protocol="SSL"), "topic")


async def test_a_broker_that_hangs_up_without_a_word_may_be_going_down_and_come_again() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BrokerUnreachable, match="hangs up without a word") as told:
            await find_partitions(KafkaConnection(bootstrap=f"127.0.0.1:{port}"), "topic")

    assert not isinstance(told.value, BrokerRefuses)


async def test_a_client_without_its_certificate_or_with_a_strange_one_is_told(
    certified: KafkaConnection, stranger: Authority
) -> None:
    certificate, key = stranger.client("intruder")
    for files in ((None, None), (certificate, key)):
        said = await _refused(replace(certified, certificate_file=files[0], key_file=files[1]))
        assert "set SHOPFLOOR_KAFKA_CERTIFICATE_FILE and _KEY_FILE" in said


async def test_nobody_at_the_address_may_still_come(plain: KafkaConnection) -> None:
    with pytest.raises(BrokerUnreachable, match="start it or correct SHOPFLOOR_KAFKA") as told:
        await find_partitions(replace(plain, bootstrap="127.0.0.1:1"), "topic")

    assert not isinstance(told.value, BrokerRefuses)


def test_files_that_are_no_certificates_or_do_not_belong_together_are_refused(
    plain: KafkaConnection, certified: KafkaConnection, stranger: Authority, tmp_path: Path
) -> None:
    nonsense = tmp_path / "authority.pem"
    nonsense.write_text("no certificate")
    _, other_key = stranger.client("intruder")

    for wrong in (replace(plain, ca_file=nonsense), replace(certified, key_file=other_key)):
        with pytest.raises(UnusableCertificates, match="give PEM files"):
            wrong.client_options()
