"""`shopfloor import`: what other systems of a store know, into the record."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, Kafka

if TYPE_CHECKING:
    from infra.sales.importer import Counts

import_app = typer.Typer(no_args_is_help=True, help="What other systems of a store know, into the record.")


@import_app.callback()
def _import() -> None:
    """Say what of."""


@import_app.command()
def sales(
    file: Annotated[Path, typer.Argument(help="A file with one sale a line; docs/store-systems.md says its columns.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="How a file that is written otherwise says the same.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, and tell the record nothing.")] = False,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Tell the record the sales of a till's file; each counts once, however often it comes.

    Refused lines go into FILE.refused.csv with their reasons, the others are taken. Status 0 where none was refused.
    """
    import asyncio

    import migrations
    from event_store.database import connect
    from infra import settings
    from infra.privacy.desk import open_writer
    from infra.sales.errors import LinesRefused
    from infra.sales.importer import RefusedLines, import_sales
    from infra.sales.mapping import read_mapping
    from projections.tables.read_model import PROJECTOR_ROLE

    where, sheet = settings.load().with_addresses(kafka, database), read_mapping(mapping)
    url = where.database_url()
    migrations.check(url)

    async def run(refused: RefusedLines) -> "Counts":
        async with await connect(url, PROJECTOR_ROLE) as connection:
            if dry_run:
                return await import_sales(file, sheet, connection, None, refused)
            async with open_writer(where) as writer:
                return await import_sales(file, sheet, connection, writer.write_bytes, refused)

    with RefusedLines(file) as refused:
        counts = asyncio.run(run(refused))
    taken = "to be taken" if dry_run else "taken"
    sys.stdout.write(f"{counts.taken} {taken}, {counts.repeated} repeated, {counts.refused} refused\n")
    if counts.refused:
        raise LinesRefused(counts.refused, refused.path)
