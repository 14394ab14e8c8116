"""The Kafka topics, their partitions and settings."""

import msgspec

EVENTS = "shopfloor.events"
SAMPLES = "shopfloor.samples"
OPS = "shopfloor.ops"

PARTITIONS = 12
"""Fixed at creation: adding partitions would move stores and break their order."""

MAX_RECORD_BYTES = 60_000
"""A record must fit a transparency log's entry, whose length has 16 bits."""


class TopicSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as it must be created."""

    name: str
    partitions: int
    config: dict[str, str]


FOREVER = {"retention.ms": "-1", "retention.bytes": "-1"}
TOPICS = (
    TopicSpec(
        name=EVENTS,
        partitions=PARTITIONS,
        config={**FOREVER, "message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete"},
    ),
    TopicSpec(
        name=SAMPLES,
        partitions=PARTITIONS,
        config={"retention.ms": str(90 * 86_400_000), "message.timestamp.type": "LogAppendTime"},
    ),
    TopicSpec(
        name=OPS, partitions=1, config={"retention.ms": str(30 * 86_400_000), "message.timestamp.type": "LogAppendTime"}
    ),
)
