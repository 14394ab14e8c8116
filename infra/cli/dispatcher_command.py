"""`shopfloor dispatcher`: facts to subscribers, until it is told to stop."""

from infra.cli.options import Database, MetricsPort, Patience


def dispatcher(database: Database = None, patience: Patience = 30.0, metrics_port: MetricsPort = None) -> None:
    """Send subscribers the facts that they asked for, signed and in order; SIGTERM stops it cleanly.

    As many as one likes may run; each subscription has one of them at a time. See docs/webhooks.md.
    """
    import asyncio

    import migrations
    from event_store.erasure.masters import Masters
    from event_store.errors import DatabaseUnreachable
    from infra import settings
    from infra.cli.patience import patiently
    from infra.cli.running import run_until_signal
    from infra.metrics import serve
    from projections.webhooks.dispatcher import Job, dispatch
    from projections.webhooks.metrics import Metrics

    where = settings.load().with_addresses(None, database)
    url = where.database_url()
    patiently(lambda: migrations.check(url), patience, DatabaseUnreachable)
    job = Job(
        database=url,
        topic=where.topics.events,
        masters=Masters(where.webhook_keys_folder),
        reach=where.webhook_reach,
    )
    metrics = Metrics()
    with serve(metrics.registry, where, metrics_port):
        asyncio.run(run_until_signal(lambda stop: dispatch(job, metrics, stop)))
