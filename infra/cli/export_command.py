"""`shopfloor export`: a range of the record as one archive that anybody can check."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database
from infra.cli.stores import parse_store
from infra.cli.times import parse_time

if TYPE_CHECKING:
    from event_store.verifier.facts import Sequences


def export(
    out: Annotated[Path, typer.Option("--out", help="The archive to write; one that is there is replaced.")],
    start: Annotated[
        datetime | None, typer.Option("--from", parser=parse_time, help="First recorded time; open if absent.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", parser=parse_time, help="Recorded time to stop before; open if absent.")
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="ORG/STORE", help="Show this store only, others as hashes.")
    ] = None,
    database: Database = None,
) -> None:
    """Write the facts recorded in a range with all that is needed to check them: `python -m verifier verify-export`.

    `shopfloor export --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z --out march.tar`

    A range holds its start and not its end. It seals first and lets the verifier check the archive before it gets its
    name; it prints the key to pin.
    """
    from event_store.checkpoints import KeyFolder
    from event_store.sealing.extract import Range
    from infra import settings
    from infra.cli.auditing import office_of

    if start is not None and end is not None and start > end:
        raise typer.BadParameter("it is after --to", param_hint="--from")
    organisation, name = parse_store(store) or (None, None)
    where = settings.load().with_addresses(None, database)
    wanted = Range(start=start, end=end, organisation=organisation, store=name)
    checked = office_of(where).export(wanted, out)
    key = KeyFolder(where.keys_folder).signing()[0].verifier
    sys.stdout.write(
        f"{out}: {checked.shown} records, {checked.hidden} as hashes only, {out.stat().st_size} bytes; verified\n"
        f"{_told(checked.sequences)}"
        f"the key to pin: {key}\n"
    )


def _told(sequences: "Sequences") -> str:
    """Return one line that tells of holes in the numbers of sources; nothing where there are none."""
    holes, untold = len([*sequences.holes()]), [*sequences.holes(untold=True)]
    if not holes:
        return ""
    where = f", the first is before {untold[0].position}" if untold else ""
    told = f"no GapDetected tells of {len(untold)} of them{where}"
    return f"{holes} holes in the numbers of sources: {told}; verify-export names them\n"
