"""`shopfloor fold`: the read models that an archive comes to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import JsonObject

if TYPE_CHECKING:
    from projections.tables.digests import Digests


def fold(
    archive: Annotated[
        Path, typer.Argument(help="An archive of `shopfloor export`, from the beginning of the record.")
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROJECTION]...", help="Read models, such as visits; all of them if absent."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="VKEY", help="The log's public key, to pin.")] = None,
    partitions: Annotated[int, typer.Option("--partitions", min=1, help="How many the topic has.")] = 12,
    as_json: JsonObject = False,
    server: Annotated[
        str | None,
        typer.Option("--database", help="PostgreSQL that may make a scratch database; one of its own if absent."),
    ] = None,
) -> None:
    """Verify an archive, fold it from nothing, and print the digests: they are those of `shopfloor digest`.

    `shopfloor fold all.tar --key VKEY visits`

    Works without the service. The scratch database is gone afterwards.
    """
    import asyncio

    from event_store.database import connect
    from event_store.export.errors import CutArchive
    from event_store.export.reading import open_archive
    from infra.cli.digest_command import write
    from infra.cli.records_bar import records_bar
    from infra.cli.stores import parse_store
    from infra.local.scratch import scratch_database
    from projections.catalogue import READ_MODELS, chosen
    from projections.tables.digests import find_digests
    from projections.tables.read_model import PROJECTOR_ROLE
    from projections.taking.folded_archive import take_archive

    projections = chosen(names) if names else READ_MODELS
    with open_archive(archive, key) as opened:
        for part in opened.slices:
            if part.first:
                raise CutArchive(archive, f"{part.topic}/{part.partition}", part.first)

        async def run(database: str) -> "Digests":
            with records_bar("folding", opened.checked.shown) as bar:
                await take_archive(database, opened, READ_MODELS, partitions, bar.advance)
            async with await connect(database, PROJECTOR_ROLE) as connection:
                return await find_digests(connection, projections, parse_store(opened.checked.manifest.store))

        with scratch_database(server) as database:
            found = asyncio.run(run(database))
    write(found, as_json=as_json)
