"""`shopfloor digest`: what read models come to, in one line each."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, JsonObject

if TYPE_CHECKING:
    from projections.tables.digests import Digests


def digest(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROJECTION]...", help="Read models, such as visits; all of them if absent."),
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="ORG/STORE", help="The rows of this store only.")
    ] = None,
    as_json: JsonObject = False,
    database: Database = None,
) -> None:
    """Print the SHA-256 of each read model's rows, and the positions that they all stand at.

    `shopfloor digest visits --store acme/ginza-3`

    Equal positions must give equal digests: from Kafka, rebuilt from the ledger, and folded from an export.
    """
    import asyncio

    import migrations
    from event_store.database import connect
    from infra import settings
    from infra.cli.stores import parse_store
    from projections.catalogue import READ_MODELS, chosen
    from projections.tables.digests import find_digests
    from projections.tables.read_model import PROJECTOR_ROLE

    projections, wanted = chosen(names) if names else READ_MODELS, parse_store(store)
    url = settings.load().with_addresses(None, database).database_url()
    migrations.check(url)

    async def run() -> "Digests":
        async with await connect(url, PROJECTOR_ROLE) as connection:
            return await find_digests(connection, projections, wanted)

    write(asyncio.run(run()), as_json=as_json)


def write(found: "Digests", *, as_json: bool) -> None:
    """Write digests to stdout."""
    import msgspec

    if as_json:
        sys.stdout.write(f"{msgspec.json.encode(found).decode()}\n")
        return
    for at in found.positions:
        sys.stdout.write(f"{at.topic}/{at.partition} up to offset {at.next_offset - 1}\n")
    for model in found.models:
        sys.stdout.write(f"{model.digest.sha256}  {model.name} v{model.build.version}, {model.digest.rows} rows\n")
