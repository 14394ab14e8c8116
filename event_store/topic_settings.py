"""What the record depends on in the settings of its topics, and what of a topic's own settings is otherwise."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from event_store.connection import KafkaConnection
from event_store.errors import UnfitTopic
from event_store.topics import TopicSpec

RETENTION = "retention.ms"
FOR_EVER = "-1"
SHORTEST_MS = 7 * 86_400_000
"""What is to be kept for ever may be kept for as long as somebody says, but no shorter than that."""
VITAL = frozenset({"cleanup.policy", "message.timestamp.type", RETENTION})
"""Facts are lost, or dated by whoever writes them, where one of these is otherwise."""
OF_THE_TOPIC = 1
"""Kafka's number for a setting that somebody gave to this topic."""


class TopicSettings(msgspec.Struct, frozen=True):
    """The settings of a topic: those in force, and those that somebody gave to it."""

    in_force: Mapping[str, str]
    given: Mapping[str, str]


async def find_settings(admin: AIOKafkaAdminClient, topic: str) -> TopicSettings | None:
    """Return a topic's settings, None where this user may not see them."""
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((code, _, _, _, entries),) = answer.resources
    if code:
        return None
    found: list[tuple[Any, ...]] = list(entries)
    return TopicSettings(
        in_force={name: value for name, value, *_ in found if value is not None},
        given={name: value for name, value, _, source, *_ in found if source == OF_THE_TOPIC},
    )


def wrong_settings(spec: TopicSpec, found: TopicSettings) -> dict[str, str]:
    """Return what is otherwise than it must be, with what it must be."""
    return {name: right for name, right in spec.config.items() if not _is_fit(name, right, found)}


def _is_fit(name: str, right: str, found: TopicSettings) -> bool:
    value = found.in_force.get(name, right)
    if value == right:
        return True
    match name:
        case "retention.ms" if right == FOR_EVER:
            return name in found.given and int(value) >= SHORTEST_MS
        case "retention.bytes":
            return name in found.given
        case "segment.ms":
            return int(value) <= int(right)
        case "compression.type":
            return value not in {"producer", "uncompressed"}
    return False


async def demand_fit(connection: KafkaConnection, specs: Sequence[TopicSpec]) -> None:
    """Raise `UnfitTopic` for a topic in which facts would be lost; one whose settings are hidden is taken as fit."""
    async with _admin(connection) as admin:
        for spec in specs:
            found = await find_settings(admin, spec.name)
            wrong = {} if found is None else wrong_settings(spec, found)
            if spec.config[RETENTION] != FOR_EVER:
                wrong.pop(RETENTION, None)
            if found is not None and (vital := sorted(VITAL & wrong.keys())):
                raise UnfitTopic(spec.name, vital[0], found.in_force[vital[0]], wrong[vital[0]])


@asynccontextmanager
async def _admin(connection: KafkaConnection) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**connection.client_options())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
