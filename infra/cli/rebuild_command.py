"""`shopfloor rebuild`: read models filled again from the ledger."""

import sys
from typing import Annotated

import typer


def rebuild(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PROJECTION]...", help="Read models; a wrong name lists them all.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every read model, in one pass over the ledger.")] = False,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
    ] = None,
) -> None:
    """Fill new builds of read models beside the current ones, then switch to them. Nothing stops meanwhile."""
    import asyncio
    import gc

    import migrations
    from event_store.database import connect
    from infra import settings
    from projections.catalogue import READ_MODELS, chosen
    from projections.read_model import PROJECTOR_ROLE
    from projections.rebuild import rebuild as fill
    from projections.service import OBJECTS_BETWEEN_COLLECTIONS

    if everything == bool(names):
        raise typer.BadParameter("name read models, or give --all", param_hint="PROJECTION")
    projections = READ_MODELS if everything else chosen(names or [])
    url = settings.load().with_addresses(None, database).database_url()
    migrations.check(url)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)

    async def run() -> None:
        taken = 0

        def progress(records: int) -> None:
            nonlocal taken
            taken += records

        connection = await connect(url, PROJECTOR_ROLE)
        try:
            builds = await fill(connection, projections, progress)
        finally:
            await connection.close()
        for projection, build in zip(projections, builds, strict=True):
            sys.stdout.write(f"{projection.name} v{build.version} build {build.build} is current\n")
        sys.stdout.write(f"from {taken} records\n")

    asyncio.run(run())
