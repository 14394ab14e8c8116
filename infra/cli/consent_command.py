"""`shopfloor consent`: what a person agrees to, and takes back."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, Kafka

if TYPE_CHECKING:
    from event_store.envelope import Position
    from event_store.erasure import Consents, Subject

consent_app = typer.Typer(no_args_is_help=True, help="What people agree to, and take back.")

Profile = Annotated[str, typer.Argument(help="profile/UUID: the random id that stands for the person.")]
Store = Annotated[str, typer.Option("--store", metavar="ORG/STORE", help="Where it holds.")]
Purpose = Annotated[str, typer.Option("--purpose", help="What the data may be used for, as one word: loyalty.")]


@consent_app.command()
def give(
    profile: Profile,
    store: Store,
    purpose: Purpose,
    concerns: Annotated[
        str | None, typer.Option("--concerns", help="The visit/ID or payment/ID it is for; all of them if absent.")
    ] = None,
    statement: Annotated[
        str | None, typer.Option("--statement", help="What was agreed to, or where that is written; kept encrypted.")
    ] = None,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Record that a person agrees to a purpose; from now on data may be encrypted for it.

    `shopfloor consent give profile/3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42 --store acme/ginza-3 --purpose loyalty`
    """

    def work(consents: "Consents", of: "Subject", name: str) -> "Awaitable[Position | None]":
        from event_store.erasure import read_subject

        about = None if concerns is None else read_subject(of.organisation, concerns)
        return consents.give(of, name, purpose, concerns=about, statement=statement)

    _perform(profile, store, (kafka, database), work, f"{profile} agrees to {purpose} in {store}")


@consent_app.command()
def withdraw(profile: Profile, store: Store, purpose: Purpose, kafka: Kafka = None, database: Database = None) -> None:
    """Record that a person takes a consent back; read models drop what they held under it."""

    def work(consents: "Consents", of: "Subject", name: str) -> "Awaitable[Position | None]":
        return consents.withdraw(of, name, purpose)

    _perform(profile, store, (kafka, database), work, f"{profile} no longer agrees to {purpose} in {store}")


def _perform(
    profile: str,
    store: str,
    addresses: tuple[str | None, str | None],
    work: "Callable[[Consents, Subject, str], Awaitable[Position | None]]",
    said: str,
) -> None:
    import asyncio

    from event_store.erasure import Consents, read_subject
    from event_store.erasure.errors import UnusableSubject
    from infra import settings
    from infra.cli.stores import parse_store
    from infra.privacy.desk import ACTOR, open_desk, open_writer

    organisation, name = parse_store(store) or ("", "")
    of = read_subject(organisation, profile)
    if of.kind != "profile":
        raise UnusableSubject(profile, "a consent is a person's: write profile/UUID")
    where = settings.load().with_addresses(*addresses)

    async def run() -> "Position | None":
        async with open_desk(where) as desk, open_writer(where) as writer:
            return await work(Consents(desk.keeping, desk.keeper, writer.write_bytes, actor=ACTOR), of, name)

    at = asyncio.run(run())
    place = "" if at is None else f"; recorded at {at.topic}/{at.partition}/{at.offset}"
    sys.stdout.write(f"{said}{place}\n")
