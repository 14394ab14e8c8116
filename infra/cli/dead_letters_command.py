"""`shopfloor dead-letters`: what could not be applied, what waits behind it, and what to do about it."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import Database, JsonLines, Kafka, Who
from infra.cli.positions import parse_position, show_position
from infra.terminal import one_line

if TYPE_CHECKING:
    from projections.deciding.letters import Letter, Wanted

dead_letters_app = typer.Typer(no_args_is_help=True, help="Records that could not be applied, and what waits behind.")

PATIENCE_S = 10.0
MOST_BEHIND = 1_000

At = Annotated[Any, typer.Argument(parser=parse_position, metavar="POSITION", help="Such as shopfloor.events/3/14.")]
Store = Annotated[str | None, typer.Option("--store", metavar="ORG/STORE", help="Of this store only.")]
Subject = Annotated[str | None, typer.Option("--subject", help="Of this subject only, such as visit/….")]
Type = Annotated[str | None, typer.Option("--type", help="Of this type only: shopfloor.ShopperEntered.v1.")]
Reason = Annotated[str | None, typer.Option("--reason", help="undecodable, unknown_type, misaddressed, fold_failed.")]
Patience = Annotated[float, typer.Option("--patience", min=0, help="Seconds to wait until it is carried out.")]


@dead_letters_app.command("list")
def list_letters(
    store: Store = None,
    subject: Subject = None,
    type_name: Type = None,
    reason: Reason = None,
    parked: Annotated[bool, typer.Option("--parked", help="Those too that only wait behind others.")] = False,
    resolved: Annotated[bool, typer.Option("--resolved", help="Those too that were decided about.")] = False,
    first: Annotated[int, typer.Option("--first", min=1, help="How many at most.")] = 100,
    after: Annotated[
        Any, typer.Option("--after", parser=parse_position, metavar="POSITION", help="Go on behind this position.")
    ] = None,
    as_json: JsonLines = False,
    database: Database = None,
) -> None:
    """List dead letters in the order of the record, each with how many records wait behind it."""
    from infra import dead_letters
    from projections.scope import Page

    wanted = _wanted(store, subject, type_name, reason, parked=parked, resolved=resolved)
    page = Page(first, None if after is None else (after.topic, after.partition, after.offset))
    found = dead_letters.find(_url(database), wanted, page)
    for letter in found:
        sys.stdout.write(f"{_json(letter) if as_json else _line(letter)}\n")
    if len(found) == first:
        sys.stderr.write(f"there may be more: --after {_place(found[-1])}\n")


@dead_letters_app.command()
def show(at: At, as_json: JsonLines = False, database: Database = None) -> None:
    """Show one dead letter with its bytes, and what waits behind it (at most 1,000 records)."""
    from infra import dead_letters

    shown = dead_letters.look_at(_url(database), at, MOST_BEHIND)
    sys.stdout.write(f"{_json(shown) if as_json else dead_letters.told(shown)}\n")


@dead_letters_app.command()
def retry(
    positions: Annotated[
        list[Any] | None,
        typer.Argument(parser=parse_position, metavar="[POSITION]...", help="Such as shopfloor.events/3/14."),
    ] = None,
    store: Store = None,
    subject: Subject = None,
    type_name: Type = None,
    reason: Reason = None,
    who: Who = None,
    patience: Patience = PATIENCE_S,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Take dead letters again, and what waits behind them: those named, or all that the options choose.

    What can be applied now counts at its own place in the record. What fails again stays dead, and status is 1.

    `shopfloor dead-letters retry --type shopfloor.ShopperEntered.v2`

    A thousand are taken at a time, ten thousand by one command; what was interrupted goes on where it stands.
    """
    from infra import dead_letters

    wanted = _wanted(store, subject, type_name, reason)
    if not positions and not (store or subject or type_name or reason):
        raise typer.BadParameter("name a position, or choose with --store, --subject, --type or --reason")
    where = _where(kafka, database)
    dead_letters.retry(where, positions or wanted, (_who(who), patience), lambda line: sys.stdout.write(f"{line}\n"))


@dead_letters_app.command()
def accept(at: At, who: Who = None, kafka: Kafka = None, database: Database = None) -> None:
    """Let a partition that is stopped by its dead letters go on: up to this position they count for no limit.

    They stay dead letters, to be retried or skipped later. What the log has not yet is not accepted in advance.

    `shopfloor dead-letters accept shopfloor.events/3/812`
    """
    from infra import dead_letters

    dead_letters.accept(_where(kafka, database), at, _who(who))
    sys.stdout.write(f"accepted up to {show_position(at)}; a projector that runs goes on within 30 seconds\n")


@dead_letters_app.command()
def skip(
    at: At,
    reason: Annotated[
        str, typer.Option("--reason", help="Why: damaged, foreign, doubled, test, misjudged … or other.")
    ],
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="ORG/STORE", help="Whose history says so, if nobody can read it."),
    ] = None,
    who: Who = None,
    patience: Patience = PATIENCE_S,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Give a dead letter up for good; what waits behind it goes on. The record keeps it, and says who and why.

    `shopfloor dead-letters skip shopfloor.events/3/14 --reason test`
    """
    from infra import dead_letters

    owner = _wanted(store, None, None, None).store
    sys.stdout.write(f"{dead_letters.skip(_where(kafka, database), at, reason, owner, (_who(who), patience))}\n")


def _wanted(
    store: str | None, subject: str | None, type_name: str | None, reason: str | None, **kinds: bool
) -> "Wanted":
    from infra.cli.stores import parse_store
    from projections.deciding.letters import Wanted
    from projections.scope import StoreKey

    named = parse_store(store)
    return Wanted(store=named and StoreKey(*named), subject=subject, type=type_name, reason=reason, **kinds)


def _where(kafka: str | None, database: str | None) -> Any:
    import migrations
    from infra import settings

    where = settings.load().with_addresses(kafka, database)
    migrations.check(where.database_url())
    return where


def _url(database: str | None) -> str:
    return str(_where(None, database).database_url())


def _who(name: str | None) -> str:
    from getpass import getuser

    return name or getuser()


def _json(value: object) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()


def _line(letter: "Letter") -> str:
    what = f"{letter.organisation or '?'}/{letter.store or '?'} {letter.subject or '?'} {letter.type or '?'}"
    came_to = f" [{letter.resolved}]" if letter.resolved else ""
    waiting = f", {letter.waiting} wait behind it" if letter.waiting else ""
    return one_line(f"{_place(letter)}{came_to} {what}: {letter.reason}: {letter.error}{waiting}")


def _place(letter: "Letter") -> str:
    return show_position(letter.position)
