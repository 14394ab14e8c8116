"""`shopfloor projector`: the record into PostgreSQL, until it is told to stop."""

from typing import Annotated

import typer

from infra.cli.options import Database, Kafka, MetricsPort, Patience


def projector(
    kafka: Kafka = None,
    database: Database = None,
    dead_letter_limit: Annotated[
        int, typer.Option("--dead-letter-limit", min=0, help="Stop after so many dead letters in a row.")
    ] = 100,
    dead_letter_share: Annotated[
        float,
        typer.Option("--dead-letter-share", min=0, max=1, help="Stop where a larger share is dead or parked."),
    ] = 0.5,
    dead_letter_window: Annotated[
        int, typer.Option("--dead-letter-window", min=1, help="Of how many of the last records.")
    ] = 2_000,
    patience: Patience = 30.0,
    metrics_port: MetricsPort = None,
) -> None:
    """Fold the record's facts into the ledger and the read models; SIGTERM stops it cleanly."""
    import asyncio
    from functools import partial

    import migrations
    from infra import settings
    from infra.cli.running import run_until_signal
    from infra.metrics import serve
    from projections.catalogue import READ_MODELS
    from projections.feeding.service import Job, keep_what_is_loaded, project
    from projections.taking.dead_letter_limits import DeadLetterLimits
    from projections.taking.metrics import Metrics

    where = settings.load().with_addresses(kafka, database)
    job = Job(
        database=where.database_url(),
        kafka=where.kafka_connection(),
        topic=where.topics.events,
        projections=READ_MODELS,
        driver=where.driver,
        group=f"{where.topic_prefix}shopfloor-projector",
        dead_letter_limits=DeadLetterLimits(
            in_a_row=dead_letter_limit, share=dead_letter_share, window=dead_letter_window
        ),
        check_schema=partial(migrations.check, where.database_url()),
        patience_s=patience,
    )
    metrics = Metrics()
    keep_what_is_loaded(job.driver)
    with serve(metrics.registry, where, metrics_port):
        asyncio.run(run_until_signal(lambda stop: project(job, metrics, stop)))
