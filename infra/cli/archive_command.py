"""`shopfloor archive`: sealed months of the ledger as files, out of the database."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from infra.cli.options import Database
from infra.cli.times import parse_time


def archive(
    before: Annotated[
        datetime | None,
        typer.Option("--before", parser=parse_time, help="Months that end by then may go: 2026-01-01T00:00:00Z."),
    ] = None,
    keep_months: Annotated[
        int | None, typer.Option("--keep-months", min=1, help="The newest months that stay, this one among them.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Read every archived file again and compare it.")] = False,
    moved_to: Annotated[
        str | None,
        typer.Option(
            "--moved-to", help="Read from this copy from now on, once it is checked: a folder, or s3://bucket/path."
        ),
    ] = None,
    database: Database = None,
) -> None:
    """Move sealed months of the ledger into files at SHOPFLOOR_ARCHIVE, which every command reads as it reads tables.

    `shopfloor archive --keep-months 13`

    A month leaves the database only when its files have been read back and are, byte for byte, what was sealed. It can
    be cut off at any moment and begun again. Ids, dead letters, seals and read models stay.
    """
    from event_store.archive.months import Retention
    from infra import settings
    from infra.archiving import archive_months, check_segments, move_segments

    wishes = [check, moved_to is not None, before is not None or keep_months is not None]
    if sum(wishes) != 1:
        raise typer.BadParameter("say --before or --keep-months, or --check, or --moved-to", param_hint="archive")
    where = settings.load().with_addresses(None, database)
    if check:
        sys.stdout.write(f"{check_segments(where, _say)} segments are what was archived\n")
    elif moved_to is not None:
        moved = where.model_copy(update={"archive": moved_to})
        count = move_segments(moved, _say)
        sys.stdout.write(f"{count} segments are read from {moved.archive_address} from now on\n")
    else:
        months = archive_months(where, Retention(before=before, keep_months=keep_months), _say)
        for month, records in months:
            sys.stdout.write(f"{month}: {records} records are archived\n")
        if not months:
            sys.stdout.write("no month is old enough to leave the ledger\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
