"""Position samples are kept for as long as a setting says, also when it changes; facts for as long as their topic."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.local.topics import make_topics
from tests.builders.working import until

pytestmark = pytest.mark.kafka

DAY_MS = 86_400_000


def given(kafka: str, topic: str) -> dict[str, str]:
    """Return the settings that a topic was given."""
    return asyncio.run(_ask(kafka, topic))


async def _ask(kafka: str, topic: str, **changes: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        if changes:
            named = {name.replace("_", "."): value for name, value in changes.items()}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    ((_, _, _, _, entries),) = answer.resources
    return {name: value for name, value, _, source, *_ in entries if source == 1}


def test_a_changed_setting_changes_how_long_samples_are_kept_and_nothing_else(kafka: str, topics: Topics) -> None:
    before = given(kafka, topics.samples)
    asyncio.run(_ask(kafka, topics.samples, **before, segment_ms="3600000"))
    until(lambda: "segment.ms" in given(kafka, topics.samples))

    make_topics(KafkaConnection(bootstrap=kafka), topics.specs(samples_days=400), replicas=1)

    assert before["retention.ms"] == str(90 * DAY_MS)
    until(lambda: given(kafka, topics.samples)["retention.ms"] == str(400 * DAY_MS))
    assert given(kafka, topics.samples) == before | {"retention.ms": str(400 * DAY_MS), "segment.ms": "3600000"}
    assert given(kafka, topics.events)["retention.ms"] == "-1"


def test_a_retention_that_somebody_gave_to_the_facts_stays(kafka: str, topics: Topics) -> None:
    before = given(kafka, topics.events)
    asyncio.run(_ask(kafka, topics.events, **(before | {"retention.ms": str(400 * DAY_MS)})))
    until(lambda: given(kafka, topics.events)["retention.ms"] == str(400 * DAY_MS))

    make_topics(KafkaConnection(bootstrap=kafka), topics.specs(samples_days=400), replicas=1)

    until(lambda: given(kafka, topics.samples)["retention.ms"] == str(400 * DAY_MS))
    assert given(kafka, topics.events)["retention.ms"] == str(400 * DAY_MS)
