"""`shopfloor proof`: one event with the proof that the record holds it."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def proof(
    event_id: Annotated[str, typer.Argument(help="The event's id.")],
    out: Annotated[Path | None, typer.Option("--out", help="The file; EVENT_ID.tlog-proof if absent.")] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
    ] = None,
) -> None:
    """Write a C2SP tlog-proof of an event: `python -m verifier verify-proof FILE` checks it offline."""
    from infra import settings
    from infra.cli.auditing import office_of

    path = out or Path(f"{event_id}.tlog-proof")
    office_of(settings.load().with_addresses(None, database)).prove(event_id, path)
    sys.stdout.write(f"{path}\n")
