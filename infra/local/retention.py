"""Topics that are there already, brought to the settings that the record depends on."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from event_store.topic_settings import find_settings, wrong_settings
from event_store.topics import TopicSpec
from infra.errors import TopicsRefused


async def put_right(admin: AIOKafkaAdminClient, topics: Sequence[TopicSpec]) -> None:
    """Change the settings of topics that are otherwise than they must be, and nothing else; raises `TopicsRefused`.

    What is kept for ever, unless somebody says otherwise, is kept for as long as somebody says.
    A user who may not look at a topic's settings leaves them as they are.
    """
    for topic in topics:
        found = await find_settings(admin, topic.name)
        wrong = {} if found is None else wrong_settings(topic, found)
        if found is None or not wrong:
            continue
        changed = ConfigResource(ConfigResourceType.TOPIC, topic.name, {**found.given, **wrong})
        (answer,) = await admin.alter_configs([changed])
        (code, why, *_), *_ = answer.resources
        if code:
            told = ", ".join(f"{name} {value}" for name, value in wrong.items())
            raise TopicsRefused(topic.name, f"{told}: {for_code(code).__name__} {why or ''}".strip())
