"""What Kafka keeps, by its topic's settings: the only reason for which its log may have lost its beginning."""

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from event_store.connection import KafkaConnection
from event_store.errors import BrokerUnreachable

CLOCKS_MS = 60_000
"""By so much the clocks of brokers and of this machine may differ."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long records of a topic are kept, and how many bytes of a partition; None: all of them."""

    milliseconds: int | None
    bytes: int | None

    def explains(self, age_ms: int, left_bytes: int) -> bool:
        """Tell whether records may be gone of which the newest is so old, with so much behind them, at most."""
        by_age = self.milliseconds is not None and age_ms + CLOCKS_MS >= self.milliseconds
        return by_age or (self.bytes is not None and left_bytes >= self.bytes)

    def __str__(self) -> str:
        kept = {"retention.ms": self.milliseconds, "retention.bytes": self.bytes}
        return ", ".join(f"{name} {-1 if value is None else value}" for name, value in kept.items())


async def read_retention(connection: KafkaConnection, topic: str) -> Retention:
    """Ask Kafka what a topic keeps; raises `BrokerUnreachable` where it does not say."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    try:
        await admin.start()
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    except KafkaError as problem:
        raise BrokerUnreachable(connection.bootstrap, str(problem) or type(problem).__name__) from problem
    finally:
        await admin.close()
    ((code, _, _, _, entries),) = answer.resources
    if code:
        why = f"it does not show the settings of {topic} ({for_code(code).__name__}); let this user describe them"
        raise BrokerUnreachable(connection.bootstrap, why)
    given = {name: value for name, value, *_ in entries}
    return Retention(milliseconds=_limit(given["retention.ms"]), bytes=_limit(given["retention.bytes"]))


def _limit(value: str) -> int | None:
    return None if int(value) < 0 else int(value)
