"""`shopfloor keys`: the keys that sign the record, and the one that wraps those of subjects."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database

if TYPE_CHECKING:
    from event_store.checkpoints import KeyFolder

keys_app = typer.Typer(
    no_args_is_help=True, help="Keys that sign the record, and the one that wraps those of subjects."
)


@keys_app.command()
def create(
    origin: Annotated[str, typer.Argument(help="The log's name for ever, such as example.com/shopfloor.")],
) -> None:
    """Make the first key of a log; print its public form, which auditors pin."""
    from event_store.checkpoints.errors import AlreadyNamed
    from event_store.checkpoints.notes import ED25519

    keys = _folder()
    if existing := [key for key in keys.public() if key.kind == ED25519]:
        raise AlreadyNamed(existing[0].name)
    sys.stdout.write(f"{keys.create(origin).verifier}\n")


@keys_app.command("list")
def list_keys() -> None:
    """Print every public key there ever was, with what it still does."""
    from event_store.checkpoints.notes import COSIGNATURE

    keys = _folder()
    signing = {key.verifier for key in keys.signing()}
    for key in keys.public():
        what = "is a witness's" if key.kind == COSIGNATURE else "signs" if key in signing else "kept for what it signed"
        sys.stdout.write(f"{key} {what}\n")


@keys_app.command()
def rotate() -> None:
    """Make a further key; from now on it and the older ones sign, until those retire.

    Let auditors pin the new one before you retire the old one.
    """
    sys.stdout.write(f"{_folder().rotate().verifier}\n")


@keys_app.command()
def retire(
    key_id: Annotated[str, typer.Argument(help="Its eight hex digits, as `keys list` has them: 6b531740.")],
) -> None:
    """Destroy a private key; its public key stays, so what it signed can be checked for ever."""
    _folder().retire(key_id)
    sys.stdout.write(f"{key_id} signs no more\n")


@keys_app.command("renew-master")
def renew_master(
    database: Database = None,
) -> None:
    """Wrap the keys of subjects with a new master key and destroy the old one.

    From then on nothing that is left of a destroyed key, in a backup or on a disk, can be opened.
    """
    import asyncio

    from infra import settings
    from infra.privacy.desk import open_desk

    where = settings.load().with_addresses(None, database)

    async def run() -> tuple[int, list[str]]:
        async with open_desk(where) as desk:
            return await desk.keeper.renew_master()

    wrapped, gone = asyncio.run(run())
    sys.stdout.write(
        f"{wrapped} keys of subjects are wrapped anew; destroyed: {', '.join(gone) or 'none'}; "
        "destroy the copies of that file too, and copy the new one\n"
    )


def _folder() -> "KeyFolder":
    from event_store.checkpoints import KeyFolder
    from infra import settings

    return KeyFolder(settings.read_environment().keys_folder)
