"""Why Kafka takes no client: its library says only that it could not begin, so one connection is tried by itself."""

import asyncio
import ssl
from asyncio import IncompleteReadError
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from event_store.connection import KafkaConnection
from event_store.errors import BrokerRefuses, BrokerUnreachable

PATIENCE_S = 5.0
CLOSING_S = 2.0
"""Longer than a broker makes a refused client wait before it hangs up (`connection.failed.authentication.delay.ms`)."""
WRONG_NAME = (62, 64)
"""OpenSSL's numbers for a certificate of another name, or of another address."""
ALERT = b"\x15\x03"
"""How TLS begins to say that it did not understand."""

OTHER_NAME = "its certificate is for another name; write the name that the certificate has into SHOPFLOOR_KAFKA"
UNKNOWN_SIGNER = "its certificate was signed by nobody known here; set SHOPFLOOR_KAFKA_CA_FILE to the authority's file"
WANTS_CERTIFICATE = (
    "it wants a certificate of this client that it knows; set SHOPFLOOR_KAFKA_CERTIFICATE_FILE and _KEY_FILE"
)
WANTS_TLS = "it speaks TLS there; set SHOPFLOOR_KAFKA_CA_FILE, or SHOPFLOOR_KAFKA_PROTOCOL to SSL or SASL_SSL"
NO_TLS = "it speaks no TLS there; name its TLS port in SHOPFLOOR_KAFKA, or set SHOPFLOOR_KAFKA_PROTOCOL without SSL"
WRONG_USER = "it refuses the user or the password; correct SHOPFLOOR_KAFKA_USER and SHOPFLOOR_KAFKA_PASSWORD"
WRONG_MECHANISM = "it takes no {}; set SHOPFLOOR_KAFKA_MECHANISM to one that it has"
HANGS_UP = (
    "it hangs up without a word; see whether it wants a user (SHOPFLOOR_KAFKA_USER), and whether the port is Kafka's"
)
"""So does a broker that is just going down, which is why this alone is worth waiting for."""


async def unreachable(connection: KafkaConnection, problem: BaseException) -> BrokerUnreachable:
    """Return the error to raise for what a client of this connection met: `BrokerRefuses` when waiting cannot help."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _try_one(connection)
    except (KafkaError, OSError, TimeoutError, ValueError) as cause:
        refusal = _refusal(cause, connection)
        if refusal == HANGS_UP:
            return BrokerUnreachable(connection.bootstrap, refusal)
        if refusal:
            return BrokerRefuses(connection.bootstrap, refusal)
    return BrokerUnreachable(connection.bootstrap, str(problem) or "no answer in time")


async def _try_one(connection: KafkaConnection) -> None:
    options = connection.client_options()
    host, _, port = options.pop("bootstrap_servers").split(",")[0].rpartition(":")
    line = AIOKafkaConnection(host.strip("[]"), int(port), request_timeout_ms=int(PATIENCE_S * 1000), **options)
    try:
        await line.connect()
        await line.send(MetadataRequest([]))
    except OSError:
        raise  # there was never a line
    except (KafkaError, asyncio.CancelledError):
        await _close(line)
        raise
    await _close(line)


async def _close(line: AIOKafkaConnection) -> None:
    """Wait until the line is closed: over TLS both sides have a word in that, which a loop that ends would cut off."""
    await asyncio.wait([line.close()], timeout=CLOSING_S)


def _refusal(cause: BaseException, connection: KafkaConnection) -> str | None:
    """Return what stands in the way, None where nobody may be there."""
    match cause:
        case ssl.SSLCertVerificationError():
            return OTHER_NAME if cause.verify_code in WRONG_NAME else UNKNOWN_SIGNER
        case SaslAuthenticationFailed():
            return WRONG_USER
        case UnsupportedSaslMechanismError():
            return WRONG_MECHANISM.format(connection.mechanism)
        case ssl.SSLError() | ConnectionResetError() if connection.protocol.endswith("SSL"):
            return NO_TLS
        case KafkaConnectionError():
            return _hang_up(cause.__cause__)
    return None  # nobody listens, or nothing answers


def _hang_up(cause: Any) -> str:
    match cause:
        case ssl.SSLError():
            return WANTS_CERTIFICATE
        case IncompleteReadError(expected=int(length)) if length.to_bytes(4, "big").startswith(ALERT):
            return WANTS_TLS
    return HANGS_UP
