"""Topics whose settings somebody changed."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from event_store.topic_settings import find_settings


async def settings_of(kafka: str, topic: str) -> dict[str, str]:
    """Return the settings that are in force."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        found = await find_settings(admin, topic)
        assert found is not None
        return dict(found.in_force)
    finally:
        await admin.close()


async def change(kafka: str, topic: str, name: str, value: str) -> None:
    """Give a topic another setting, and wait until it is in force."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        found = await find_settings(admin, topic)
        assert found is not None
        changed = {**found.given, name: value}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])
    finally:
        await admin.close()
    await until_in_force(kafka, topic, name, value)


async def until_in_force(kafka: str, topic: str, name: str, value: str) -> None:
    """Wait until a setting has a value."""
    async with asyncio.timeout(30):
        for _ in range(600):
            if (await settings_of(kafka, topic))[name] == value:
                return
            await asyncio.sleep(0.05)
