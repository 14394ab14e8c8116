"""`shopfloor monitor`: the ledger and Kafka compared with the signed seals, again and again."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, Kafka, MetricsPort

if TYPE_CHECKING:
    from event_store.monitoring import Look


def monitor(
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between looks.")] = 10.0,
    pace: Annotated[
        int, typer.Option("--pace", min=1, help="Records a second of each copy that are compared, at most.")
    ] = 2_000,
    once: Annotated[
        bool, typer.Option("--once", help="Compare everything once and end; status 1 where something diverged.")
    ] = False,
    accept_removed: Annotated[
        bool,
        typer.Option(
            "--accept-removed",
            help="With --once: what Kafka's log has lost at its beginning by now was meant, and is no alarm any more.",
        ),
    ] = False,
    kafka: Kafka = None,
    database: Database = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Derive the roots again from the ledger and from Kafka and compare both with the signed seals.

    What differs is an alarm: in the metrics, in `shopfloor doctor` and as an event. SIGTERM stops it cleanly.
    """
    import asyncio

    import migrations
    from event_store.checkpoints import KeyFolder
    from event_store.monitoring import Watch, watch
    from event_store.monitoring.errors import RecordDivergedError
    from event_store.monitoring.metrics import Metrics
    from infra import settings
    from infra.channels import channels_of
    from infra.cli.running import run_until_signal
    from infra.metrics import serve

    if accept_removed and not once:
        raise typer.BadParameter("it goes with --once, while no other monitor runs", param_hint="--accept-removed")
    where = settings.load().with_addresses(kafka, database)
    migrations.check(where.database_url())
    job = Watch(
        database=where.database_url(),
        kafka=where.kafka_connection(),
        topics=where.topics,
        folder=where.data / "monitor",
        keys=KeyFolder(where.keys_folder).public,
        channels=[each.name for each in channels_of(where)],
        quorum=where.witness_quorum,
        accept_removed=accept_removed,
        every_s=every,
        pace=pace,
    )
    metrics, looks = Metrics(), []

    async def work(stop: asyncio.Event) -> None:
        looks.append(await watch(job, metrics, stop, once=once))

    with serve(metrics.registry, where, metrics_port):
        asyncio.run(run_until_signal(work))
    look = looks[0]
    if once and look is not None:
        sys.stdout.write(_told(look))
        if look.divergences or look.unreachable:
            raise RecordDivergedError(look.divergences, look.unreachable)


def _told(look: "Look") -> str:
    verified = ", ".join(f"{count} records of {side}" for side, count in look.verified.items())
    return f"compared with checkpoint {look.checkpoint}: {verified}\n"
