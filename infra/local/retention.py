"""How long topics that are there already keep their records, brought to what the settings say."""

from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from event_store.topics import TopicSpec
from infra.errors import TopicsRefused

RETENTION = "retention.ms"
FOR_EVER = "-1"
OF_THE_TOPIC = 1
"""Kafka's number for a setting that somebody gave to this topic."""


async def keep_as_long(admin: AIOKafkaAdminClient, topics: Sequence[TopicSpec]) -> None:
    """Change the retention of topics that have another one, and nothing else of them; raises `TopicsRefused`.

    What is kept for ever, unless somebody says otherwise, is kept for as long as somebody says.
    A user who may not look at a topic's settings leaves them as they are.
    """
    for topic in topics:
        given = await _given(admin, topic.name)
        wanted = topic.config[RETENTION]
        if given is None or given.get(RETENTION) == wanted or (wanted == FOR_EVER and RETENTION in given):
            continue
        changed = ConfigResource(ConfigResourceType.TOPIC, topic.name, given | {RETENTION: wanted})
        (answer,) = await admin.alter_configs([changed])
        (code, why, *_), *_ = answer.resources
        if code:
            raise TopicsRefused(topic.name, f"{RETENTION} {wanted}: {for_code(code).__name__} {why or ''}".strip())


async def _given(admin: AIOKafkaAdminClient, topic: str) -> dict[str, Any] | None:
    """Return the settings that a topic was given, None where they may not be seen."""
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((code, _, _, _, entries),) = answer.resources
    if code:
        return None
    return {name: value for name, value, _, source, *_ in entries if source == OF_THE_TOPIC}
