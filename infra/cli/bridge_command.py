"""`shopfloor bridge`: from the Redis nearby to Kafka, until it is told to stop."""

from typing import Annotated

import typer

from infra.cli.options import Kafka, MetricsPort, Patience


def bridge(
    organisation: Annotated[
        list[str] | None,
        typer.Option(
            "--organisation",
            help="Only facts of this organisation pass; repeatable. SHOPFLOOR_BRIDGE_ORGANISATIONS if absent.",
        ),
    ] = None,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    metrics_port: MetricsPort = None,
) -> None:
    """Carry what workers gave Redis to Kafka, each source in order; SIGTERM stops it cleanly.

    SHOPFLOOR_REDIS names the Redis, for workers and bridge alike. As many bridges as one likes may run: one carries,
    and another takes over when it dies. What is no fact, or of another organisation, goes into quarantine/bridge.jsonl
    of the data folder. See docs/edge.md.
    """
    import asyncio

    from infra import settings
    from infra.cli.patience import patiently
    from infra.cli.running import run_until_signal
    from infra.edge import demand_redis
    from infra.metrics import serve
    from vision_workers.edge.bridge import Bridge, BridgeSettings
    from vision_workers.edge.errors import RedisUnreachable
    from vision_workers.edge.keys import Keys
    from vision_workers.edge.metrics import Metrics
    from vision_workers.edge.quarantine import Quarantine, quarantine_path
    from vision_workers.kafka_sink import KafkaSink

    where = settings.load().with_addresses(kafka, None)
    redis, broker = where.redis_connection(), where.kafka_connection()
    patiently(lambda: demand_redis(redis), patience, RedisUnreachable)
    job = BridgeSettings(
        redis=redis,
        keys=Keys(where.topic_prefix),
        quarantine=Quarantine(quarantine_path(where.data)),
        organisations=frozenset(organisation) if organisation else where.bridge_scope,
    )
    metrics = Metrics()
    work = Bridge(job, KafkaSink(broker, where.topics), metrics)
    with serve(metrics.registry, where, metrics_port):
        asyncio.run(run_until_signal(work.run))
