"""`shopfloor demo`: two minutes in a small shop, through everything."""

from typing import Annotated

import typer


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the answers, with status 1 if one is wrong.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65_535, help="Port of the API; 8000 or a free one if absent.")
    ] = None,
) -> None:
    """Play the demo clips through embedded Kafka and PostgreSQL, and put the answers beside what really happened.

    It has a data folder of its own, `demo/` in yours, which begins empty each time. Then it goes on serving until
    Ctrl-C.
    """
    from rich.console import Console

    from infra import logs, settings
    from infra.demo.play import play
    from infra.demo.report import Report
    from infra.demo.story import read_story

    logs.silence("aiokafka")
    play(settings.read_environment(), read_story(), Report(Console()), once=once, api_port=port)
