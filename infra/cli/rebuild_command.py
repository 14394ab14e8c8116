"""`shopfloor rebuild`: a read model filled again from the ledger."""

import sys
from typing import Annotated

import typer


def rebuild(
    projection: Annotated[str, typer.Argument(help="Name of the read model; a wrong one lists them all.")],
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
    ] = None,
) -> None:
    """Fill a new build of a read model beside the current one, then switch to it. Nothing stops meanwhile."""
    import asyncio

    import migrations
    from event_store.database import connect
    from infra import settings
    from projections.catalogue import READ_MODELS
    from projections.errors import UnknownProjection
    from projections.read_model import PROJECTOR_ROLE
    from projections.rebuild import rebuild as fill

    known = {each.name: each for each in READ_MODELS}
    if projection not in known:
        raise UnknownProjection(projection, known)
    url = settings.load().with_addresses(None, database).database_url()
    migrations.check(url)

    async def run() -> None:
        taken = 0

        def progress(records: int) -> None:
            nonlocal taken
            taken += records

        connection = await connect(url, PROJECTOR_ROLE)
        try:
            build = await fill(connection, known[projection], progress)
        finally:
            await connection.close()
        sys.stdout.write(f"{projection} v{build.version} build {build.build} is current, from {taken} records\n")

    asyncio.run(run())
