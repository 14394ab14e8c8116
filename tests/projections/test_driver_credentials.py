from typing import Any

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from event_store.connection import KafkaConnection
from projections.feeding.aiokafka_driver import consumer_options
from projections.feeding.worker import _credentials

every_protocol = pytest.mark.parametrize(
    "settings",
    [
        {},
        {"protocol": "SSL"},
        {"protocol": "SASL_PLAINTEXT", "user": "projector", "password": "secret"},
        {"protocol": "SASL_SSL", "user": "projector", "password": "secret", "mechanism": "SCRAM-SHA-512"},
    ],
    ids=lambda settings: settings.get("protocol", "PLAINTEXT"),
)


@every_protocol
def test_faust_reaches_kafka_as_every_other_client_does(settings: dict[str, Any]) -> None:
    connection = KafkaConnection(bootstrap="broker:9092", **settings)
    wanted = {name: value for name, value in connection.client_options().items() if name != "bootstrap_servers"}

    given = dict(credentials_to_aiokafka_auth(_credentials(connection)))
    assert (given.pop("ssl_context", None) is None) == (wanted.pop("ssl_context", None) is None)
    assert given == wanted


@every_protocol
def test_bare_aiokafka_reaches_kafka_as_every_other_client_does(settings: dict[str, Any]) -> None:
    connection = KafkaConnection(bootstrap="broker:9092", **settings)

    given, wanted = consumer_options(connection, "group"), connection.client_options()
    assert (given.pop("ssl_context", None) is None) == (wanted.pop("ssl_context", None) is None)
    assert given.items() >= wanted.items()
