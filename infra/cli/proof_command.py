"""`shopfloor proof`: one event with the proof that the record holds it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import Database


def proof(
    event_id: Annotated[str, typer.Argument(help="The event's id, the UUID in its envelope.")],
    out: Annotated[Path | None, typer.Option("--out", help="The file; EVENT_ID.tlog-proof if absent.")] = None,
    database: Database = None,
) -> None:
    """Write a C2SP tlog-proof of an event: `python -m verifier verify-proof FILE` checks it offline.

    `shopfloor proof 0f7c4a52-6a1b-8c7d-9f0e-2b8f6f6e9d11 --out event.tlog-proof`
    """
    from infra import settings
    from infra.cli.auditing import office_of

    path = out or Path(f"{event_id}.tlog-proof")
    office_of(settings.load().with_addresses(None, database)).prove(event_id, path)
    sys.stdout.write(f"{path}\n")
