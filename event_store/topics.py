"""The Kafka topics, their partitions and settings."""

import msgspec

PARTITIONS = 12
"""Fixed at creation: adding partitions would move stores and break their order."""

MAX_RECORD_BYTES = 60_000
"""A record must fit a transparency log's entry, whose length has 16 bits."""

SAMPLES_DAYS = 90
"""How long position samples are kept, unless a setting says otherwise."""

_DAY_MS = 86_400_000
_APPEND_TIME = {"message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete"}


class TopicSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as it must be created."""

    name: str
    partitions: int
    config: dict[str, str]


class Topics(msgspec.Struct, frozen=True):
    """The names of the topics; a prefix keeps several installations in one cluster apart."""

    prefix: str = ""

    @property
    def events(self) -> str:
        """All facts, kept for ever."""
        return f"{self.prefix}shopfloor.events"

    @property
    def samples(self) -> str:
        """Position samples, kept for as long as a setting says."""
        return f"{self.prefix}shopfloor.samples"

    @property
    def ops(self) -> str:
        """The workers' own health, kept for 30 days."""
        return f"{self.prefix}shopfloor.ops"

    def specs(self, partitions: int = PARTITIONS, samples_days: int = SAMPLES_DAYS) -> tuple[TopicSpec, ...]:
        """Return every topic as it must be; position samples are kept for so many days."""
        for_ever = {"retention.ms": "-1", "retention.bytes": "-1"}
        a_while = _APPEND_TIME | {"segment.ms": str(_DAY_MS)}  # whole segments go, so a day more is kept at most
        return (
            TopicSpec(name=self.events, partitions=partitions, config=_APPEND_TIME | for_ever),
            TopicSpec(
                name=self.samples,
                partitions=partitions,
                config=a_while | {"retention.ms": str(samples_days * _DAY_MS), "compression.type": "zstd"},
            ),
            TopicSpec(name=self.ops, partitions=1, config=a_while | {"retention.ms": str(30 * _DAY_MS)}),
        )


def spec_of(topic: str) -> TopicSpec:
    """Return how the topic of that name must be, whatever its prefix; one with a name of its own holds facts."""
    for each in (EVENTS, SAMPLES, OPS):
        if topic.endswith(each):
            specs = Topics(topic.removesuffix(each)).specs()
            return next(spec for spec in specs if spec.name == topic)
    return msgspec.structs.replace(TOPICS[0], name=topic)


EVENTS = Topics().events
SAMPLES = Topics().samples
OPS = Topics().ops
TOPICS = Topics().specs()
