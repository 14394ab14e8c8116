"""`shopfloor rebuild`: read models filled again from the ledger."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import Database

if TYPE_CHECKING:
    from projections.folding.projection import Projection
    from projections.tables.builds import Build


def rebuild(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PROJECTION]...", help="Read models; a wrong name lists them all.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every read model, in one pass over the ledger.")] = False,
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Refuse unless this program folds that version.")
    ] = None,
    no_switch: Annotated[
        bool, typer.Option("--no-switch", "--dry-run", help="Fill and compare only; the next rebuild goes on with it.")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again, whatever an earlier rebuild has left.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the build before the current one.")] = False,
    show: Annotated[int, typer.Option("--show", min=0, help="How many differing rows to show.")] = 5,
    database: Database = None,
) -> None:
    """Fill new builds of read models beside the current ones, show how they differ, then switch to them.

    `shopfloor rebuild visits zones`

    Nothing stops meanwhile. Interrupted, it goes on where it stood when it is started again.
    """
    import asyncio
    import gc

    import migrations
    from event_store.database import connect
    from infra import settings
    from infra.cli.rebuild_view import Shown
    from infra.cli.records_bar import records_bar
    from projections.catalogue import READ_MODELS, chosen
    from projections.errors import OtherVersion
    from projections.feeding.service import OBJECTS_BETWEEN_COLLECTIONS
    from projections.rebuilding.rebuild import Order, go_back
    from projections.rebuilding.rebuild import rebuild as fill
    from projections.tables.digests import find_digests
    from projections.tables.read_model import PROJECTOR_ROLE

    if everything == bool(names):
        raise typer.BadParameter("name read models, or give --all", param_hint="PROJECTION")
    if back and (no_switch or anew):
        raise typer.BadParameter("it goes with neither --no-switch nor --anew", param_hint="--back")
    projections = READ_MODELS if everything else chosen(names or [])
    for each in projections:
        if version is not None and each.version != version:
            raise OtherVersion(each.name, version, each.version)
    url = settings.load().with_addresses(None, database).database_url()
    migrations.check(url)
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)

    async def run() -> None:
        async with await connect(url, PROJECTOR_ROLE) as connection:
            with records_bar("rebuilding", None) as bar:
                told = Shown(bar)
                if back:
                    builds = await go_back(connection, projections, told)
                else:
                    order = Order(switch=not no_switch, anew=anew, show=show)
                    builds = await fill(connection, projections, order, told)
            if no_switch:
                _write(projections, builds, "is filled and not current")
                return
            _write(projections, builds, "is current")
            for model in (await find_digests(connection, projections)).models:
                sys.stdout.write(f"{model.digest.sha256}  {model.name}, {model.digest.rows} rows\n")

    asyncio.run(run())


def _write(
    projections: "list[Projection[Any]] | tuple[Projection[Any], ...]", builds: "list[Build]", what: str
) -> None:
    for projection, build in zip(projections, builds, strict=True):
        sys.stdout.write(f"{projection.name} v{build.version} build {build.build} {what}\n")
