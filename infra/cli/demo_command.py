"""`shopfloor demo`: two minutes in a small shop, through everything."""

from typing import Annotated

import typer

from infra.cli.options import Origins


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the answers, with status 1 if one is wrong.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65_535, help="Port of the API; 8000 or a free one if absent.")
    ] = None,
    origin: Origins = None,
) -> None:
    """Play the demo clips through embedded Kafka and PostgreSQL, and put the answers beside what really happened.

    It has a data folder of its own, `demo/` in yours, which begins empty each time. Then it goes on serving until
    Ctrl-C.
    """
    from rich.console import Console

    from graphql_api.origins import read_origins
    from infra import logs, settings
    from infra.demo.play import play
    from infra.demo.report import Report
    from infra.demo.story import read_story
    from infra.supervision.shop import Wish

    logs.silence("aiokafka")
    wish = Wish(api_port=port, origins=read_origins(origin or ()))
    play(settings.read_environment(), read_story(), Report(Console()), once=once, wish=wish)
