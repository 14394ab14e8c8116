"""Where a worker's facts go: to Kafka, or to the Redis that the settings name."""

from infra.settings import Settings
from vision_workers.edge.keys import Keys
from vision_workers.edge.redis_sink import RedisSink
from vision_workers.kafka_sink import KafkaSink
from vision_workers.sink import Sink


def sink_of(settings: Settings) -> Sink:
    """Return the sink of a worker; raises `InvalidSettings`."""
    if settings.redis is not None:
        return RedisSink(settings.redis_connection(), Keys(settings.topic_prefix))
    return KafkaSink(settings.kafka_connection(), settings.topics)
