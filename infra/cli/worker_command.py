"""`shopfloor worker`: watches the cameras of one or more stores and sends what happens to Kafka."""

from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import MetricsPort

if TYPE_CHECKING:
    from vision_workers.worker import Worker


def work(
    layout: Annotated[list[Path], typer.Option("--layout", help="A store's layout file; repeat for more stores.")],
    name: Annotated[
        str | None, typer.Option("--name", help="What this worker is called; SHOPFLOOR_WORKER if absent.")
    ] = None,
    start_time: Annotated[
        str | None,
        typer.Option(
            "--start-time",
            help="Time of recordings' first frames: 2026-03-02T09:00:00Z; such that they end now if absent.",
        ),
    ] = None,
    take: Annotated[
        int, typer.Option("--take", min=1, help="Recordings are told once in each take; 2 tells them once more.")
    ] = 1,
    spool_limit: Annotated[
        int | None,
        typer.Option(
            "--spool-limit", min=1_000_000, help="Bytes of facts that may wait; SHOPFLOOR_SPOOL_LIMIT if absent."
        ),
    ] = None,
    real_time: Annotated[bool, typer.Option("--real-time", help="Play recordings at their own pace.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End when all recordings are read and sent.")] = False,
    metrics_port: MetricsPort = None,
) -> None:
    """Watch cameras until stopped; facts wait in the spool until Kafka has them.

    With SHOPFLOOR_REDIS they go to that Redis, and `shopfloor bridge` brings them to Kafka: see docs/edge.md.

    `shopfloor worker --layout shop.toml --name upstairs`

    A recording that was told to its end is not told again, however often a worker is started. Two workers at once need
    two names. Ctrl-C or SIGTERM ends it in order, a second one at once.
    """
    from prometheus_client import CollectorRegistry

    from event_store.layout.credentials import with_credentials
    from event_store.layout.reading import read_layout
    from infra import settings
    from infra.cli.times import parse_time
    from infra.metrics import serve
    from infra.sinks import sink_of
    from vision_workers.settings import load_vision_settings
    from vision_workers.worker import Assignment, Worker, WorkerSettings

    general, vision = settings.load(), load_vision_settings()
    worker_settings = WorkerSettings(
        name=name or vision.worker,
        data=general.data,
        device=vision.device,
        real_time=real_time,
        start=parse_time(start_time) if start_time else None,
        take=take,
        once=once,
        silence=vision.silence,
        spool_limit=spool_limit or vision.spool_limit,
    )
    for path in layout:
        _warn_of_passwords(path)
    secrets = vision.secrets()
    assignments = [
        Assignment(layout=with_credentials(read_layout(path), secrets), folder=path.resolve().parent) for path in layout
    ]
    worker = Worker(assignments, sink_of(general), worker_settings)
    _stop_on_signals(worker)
    registry = CollectorRegistry()
    registry.register(worker.metrics)
    with serve(registry, general, metrics_port):
        worker.run()


def _warn_of_passwords(path: Path) -> None:
    import structlog

    from event_store.layout.credentials import credential_warnings
    from event_store.layout.reading import read_layout

    read_layout(path)
    for warning in credential_warnings(path.read_text(encoding="utf-8-sig")):
        structlog.get_logger(__name__).warning(warning.what, layout=str(path), line=warning.line, cure=warning.cure)


def _stop_on_signals(worker: "Worker") -> None:
    """Let the first signal end the worker in order, and the second one at once."""
    import signal

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        worker.stop()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
