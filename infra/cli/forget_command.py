"""`shopfloor forget`: a visit, profile or payment is forgotten, and the record stays provable."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, Kafka, Organisation

if TYPE_CHECKING:
    from event_store.erasure import Forgotten


class Ground(StrEnum):
    """Why somebody is forgotten."""

    REQUESTED = "requested"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_LONGER_NEEDED = "no_longer_needed"
    OBJECTED = "objected"
    UNLAWFUL = "unlawful"
    ORDERED = "ordered"


def forget(
    subject: Annotated[str, typer.Argument(help="visit/ID, profile/ID or payment/ID.")],
    reason: Annotated[
        Ground, typer.Option("--reason", help="It is recorded for ever, so it is one of these and no words of yours.")
    ],
    organisation: Organisation = None,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Destroy the key and the evidence pictures of a subject, and record that it was forgotten.

    `shopfloor forget visit/5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b --reason requested`

    It cannot be undone. Interrupted, the same command finishes it; run again later, it also tells stores that know the
    subject since. What stays, and why: docs/security.md.
    """
    import asyncio

    from event_store.erasure import Forgetting, Forgotten
    from event_store.erasure.errors import SearchedInPart
    from infra import settings
    from infra.cli.records_bar import records_bar
    from infra.privacy.desk import ACTOR, Known, open_desk, open_writer

    where = settings.load().with_addresses(kafka, database)

    async def run() -> tuple[Known, Forgotten]:
        async with open_desk(where) as desk:
            with records_bar("searching", None) as bar:
                known = await desk.find(subject, organisation, bar.advance)
            async with open_writer(where) as writer:
                forgetting = Forgetting(desk.keeping, desk.keeper, desk.evidence, writer.write_bytes, actor=ACTOR)
                return known, await forgetting.forget(known.subject, reason.value, known_in=known.stores)

    known, done = asyncio.run(run())
    sys.stdout.write(_told(subject, done))
    if known.unread:
        raise SearchedInPart(subject, "is forgotten wherever it was found", known.unread)


def _told(subject: str, done: "Forgotten") -> str:
    stone = done.tombstone
    places = ", ".join(f"{at.topic}/{at.partition}/{at.offset}" for at in done.positions)
    if done.before:
        since = f"; recorded for stores that know it since at {places}" if places else ""
        return (
            f"{subject} was forgotten at {stone.forgotten_at:%Y-%m-%dT%H:%M:%SZ} ({stone.ground}) and stays so; "
            f"{done.late_pictures} pictures that came since were removed{since}\n"
        )
    return (
        f"{subject} is forgotten: {len(stone.key_ids)} keys destroyed, {stone.pictures} pictures removed; "
        f"recorded at {places or 'a position that another process knows'}\n"
    )
