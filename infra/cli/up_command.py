"""`shopfloor up`: everything at once, until it is told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import Origins


def up(
    layout: Annotated[
        list[Path] | None, typer.Option("--layout", help="A store's layout file; repeat for more stores.")
    ] = None,
    real_time: Annotated[bool, typer.Option("--real-time", help="Play recordings at their own pace.")] = False,
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
    once: Annotated[bool, typer.Option("--once", help="End when all recordings are read and answered for.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65_535, help="Port of the API; 8000 or a free one if absent.")
    ] = None,
    serve_port: Annotated[
        int | None, typer.Option("--serve-port", min=1, max=65_535, help="Serve models too (docs/inference.md), here.")
    ] = None,
    origin: Origins = None,
) -> None:
    """Run everything: worker, projector, API, sealer, monitor and dispatcher.

    `shopfloor up --layout shop.toml`

    Without a layout there is no worker. Kafka and PostgreSQL are embedded unless settings name a cluster. Ctrl-C stops
    everything. Logs and the API's token are in the data folder.
    """
    from event_store.layout.reading import read_layout
    from graphql_api.origins import read_origins
    from infra import logs, settings
    from infra.supervision.running import run
    from infra.supervision.shop import Shop, Wish

    logs.silence("aiokafka")
    layouts = [path.resolve() for path in layout or ()]
    for path in layouts:
        read_layout(path)
    wish = Wish(
        layouts=layouts,
        real_time=real_time,
        start_time=start_time,
        take=take,
        once=once,
        api_port=port,
        origins=read_origins(origin or ()),
        serve_port=serve_port,
    )
    run(Shop(settings.read_environment(), wish))
