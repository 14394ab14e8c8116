"""`shopfloor sealer`: the record sealed and signed, again and again."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import Database, MetricsPort


def sealer(
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between seals.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Seal once and end.")] = False,
    publish: Annotated[
        Path | None, typer.Option("--publish", help="Folder for checkpoints; SHOPFLOOR_PUBLISH if absent.")
    ] = None,
    database: Database = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Seal what the ledger holds, sign a checkpoint, and publish it; SIGTERM stops it cleanly.

    The first seal makes a key where there is none. SHOPFLOOR_PUBLISH_URL and SHOPFLOOR_WITNESSES name who else is given
    each checkpoint: see docs/operations.md.
    """
    import signal
    import threading
    import time

    import structlog

    from event_store.errors import DatabaseUnreachable
    from event_store.publishing import Publisher
    from event_store.sealing.errors import LedgerBehind
    from event_store.sealing.metrics import Metrics
    from infra import settings
    from infra.channels import channels_of
    from infra.cli.auditing import office_of
    from infra.metrics import serve

    where = settings.load().with_addresses(None, database)
    office, channels = office_of(where), channels_of(where, publish)
    log, stop = structlog.get_logger(__name__), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    metrics = Metrics()
    with serve(metrics.registry, where, metrics_port):
        while not stop.is_set():
            try:
                sealed, made = office.seal()
                metrics.sealed(sealed, time.time())
                if made:
                    records = sum(state.size for state in sealed.seal.partitions)
                    if once or sys.stdout.isatty():
                        sys.stdout.write(f"checkpoint {sealed.seal.number + 1} covers {records} records\n")
                        sys.stdout.flush()
                    log.info("sealed", checkpoint=sealed.seal.number + 1, records=records)
                with office.connection() as connection:
                    troubles = Publisher(connection, channels).serve(at_once=once)
            except (DatabaseUnreachable, LedgerBehind) as problem:
                if once:
                    raise
                troubles = [problem]
            metrics.put_off(troubles)
            for trouble in troubles:
                if once:
                    raise trouble
                log.warning("tried again later", problem=str(trouble))
            if once or stop.wait(every):
                return
