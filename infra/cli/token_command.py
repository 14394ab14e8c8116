"""`shopfloor token`: who may ask the API, for what, and until when."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import JsonLines
from infra.cli.stores import parse_store

if TYPE_CHECKING:
    from graphql_api.issued_tokens import IssuedTokens

token_app = typer.Typer(no_args_is_help=True, help="Tokens for those who ask the API: made, listed, revoked.")


@token_app.command()
def create(
    role: Annotated[
        str,
        typer.Option("--role", help="viewer, staff, manager, auditor, privacy-officer, integrator or admin."),
    ],
    store: Annotated[
        list[str] | None, typer.Option("--store", help="Only this store, ORGANISATION/STORE; repeatable.")
    ] = None,
    organisation: Annotated[
        list[str] | None, typer.Option("--organisation", help="Only this organisation's stores; repeatable.")
    ] = None,
    expires: Annotated[
        int | None, typer.Option("--expires", min=1, max=3650, help="Days until it is refused; never if absent.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name in lists and facts; its id if absent.")] = None,
) -> None:
    """Make a token, and print it once; a running API knows it at once.

    `shopfloor token create --role viewer --store acme/ginza-3 --expires 30`
    """
    from datetime import UTC, datetime, timedelta

    from graphql_api.issued_tokens import WantedToken
    from graphql_api.roles import TokenRole

    if role not in set(TokenRole):
        raise typer.BadParameter(f"{role!r} is none of {', '.join(TokenRole)}", param_hint="--role")
    for each in store or ():
        parse_store(each)
    wanted = WantedToken(
        role=TokenRole(role),
        organisations=frozenset(organisation or ()),
        stores=frozenset(store or ()),
        expires_at=None if expires is None else datetime.now(UTC) + timedelta(days=expires),
        name=name,
    )
    sys.stdout.write(f"{_issued().create(wanted)}\n")


@token_app.command("list")
def list_tokens(json: JsonLines = False) -> None:
    """List the tokens that were made, without the tokens themselves."""
    import msgspec

    issued = _issued()
    for each in issued.find_all():
        used_at = issued.used_at(each.id)
        if json:
            shown = {**msgspec.to_builtins(each), "last_used_at": used_at}
            del shown["digest"]
            sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
            continue
        sees = ", ".join(sorted(each.organisations if each.stores is None else each.stores))
        expires = f"until {each.expires_at:%Y-%m-%dT%H:%MZ}" if each.expires_at else "for ever"
        used = f"used {used_at:%Y-%m-%dT%H:%MZ}" if used_at else "never used"
        sys.stdout.write(f"{each.id}  {each.name}  {each.role}  {sees}  {expires}  {used}\n")


@token_app.command()
def revoke(token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id: tok_….")]) -> None:
    """Take a token back: it is refused from the next request on, and its websockets are closed within seconds."""
    _issued().revoke(token_id)
    sys.stdout.write(f"{token_id} is revoked\n")


def _issued() -> "IssuedTokens":
    from graphql_api.issued_tokens import IssuedTokens
    from infra import settings

    return IssuedTokens(settings.read_environment().data)
