"""Everything that is held about one subject: facts, rows, consents, pictures, and what stays after forgetting."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from event_store.envelope import Position
from event_store.erasure import Subject, Tombstone, find_tombstone
from event_store.erasure.keeper import HeldConsent, find_consents, find_key_id
from event_store.errors import InvalidEvent
from event_store.events import Encrypted
from event_store.ledger import Disposition
from event_store.partitions import partition_of
from event_store.replay import Entry, Place, read_entries
from event_store.serialization import decode
from event_store.topics import PARTITIONS
from infra.privacy.desk import Desk, Known
from projections.catalogue import READ_MODELS
from projections.holdings import HeldRow, find_rows

AT_ONCE = 5_000
GONE = "(encrypted; its key was destroyed, so nobody can read it)"
ANOTHERS = "(encrypted for another subject)"


class HeldFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that is about the subject, names it, or was encrypted for it."""

    position: Position
    recorded_at: datetime
    type: str | None
    subject: str | None
    disposition: Disposition
    personal: dict[str, str]
    """The encrypted fields, decrypted where the key is there."""
    data: dict[str, Any] | None
    """The other fields; null for a record that cannot be read."""


class SubjectReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is held about one subject."""

    organisation: str
    subject: str
    stores: Sequence[str]
    forgotten: Tombstone | None
    has_key: bool
    facts: Sequence[HeldFact]
    rows: Sequence[HeldRow]
    consents: Sequence[HeldConsent]
    pictures: Sequence[str]
    remains: Sequence[str]
    """After forgetting: what is still there, and why."""


async def report_on(
    desk: Desk, known: Known, topic: str, progress: Callable[[int], None] = lambda _: None
) -> SubjectReport:
    """Gather what is held about a subject; reads its stores' history, and says after each batch how much that was."""
    subject = known.subject
    tombstone, key_id = await find_tombstone(desk.keeping, subject), await find_key_id(desk.keeping, subject)
    needles = [subject.id, *([key_id] if key_id else []), *(tombstone.key_ids if tombstone else ())]
    facts = [
        await _fact(desk, subject, entry)
        for store in sorted(known.stores)
        for entry in await _entries(desk, (subject.organisation, store), topic, needles, progress)
    ]
    return SubjectReport(
        organisation=subject.organisation,
        subject=str(subject),
        stores=sorted(known.stores),
        forgotten=tombstone,
        has_key=key_id is not None,
        facts=facts,
        rows=await find_rows(desk.reading, READ_MODELS, subject.organisation, (subject.kind, subject.id)),
        consents=await find_consents(desk.keeping, subject),
        pictures=[str(path) for path in desk.evidence.pictures(subject)],
        remains=[] if tombstone is None else _remains(subject, facts),
    )


async def _entries(
    desk: Desk, store: tuple[str, str], topic: str, needles: Sequence[str], progress: Callable[[int], None]
) -> list[Entry]:
    """Return the records of a store that hold one of the words."""
    place, start = Place(topic, partition_of("/".join(store), PARTITIONS)), 0
    words = [needle.encode() for needle in needles]
    found: list[Entry] = []
    while entries := await read_entries(desk.reading, place, start=start, end=2**62, limit=AT_ONCE, store=store):
        found += [entry for entry in entries if entry.value and any(word in entry.value for word in words)]
        start = entries[-1].offset + 1
        progress(len(entries))
    return found


async def _fact(desk: Desk, subject: Subject, entry: Entry) -> HeldFact:
    personal: dict[str, str] = {}
    data: dict[str, Any] | None = None
    with suppress(InvalidEvent):
        event = decode(entry.value or b"").event
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "time"}
        sealed = {name: value for name, value in fields.items() if isinstance(value, Encrypted)}
        for name, value in sealed.items():
            personal[name] = await _opened(desk, subject, f"{type(event).__name__}.{name}", value)
        data = msgspec.to_builtins({name: value for name, value in fields.items() if name not in sealed})
    return HeldFact(
        position=entry.position,
        recorded_at=entry.recorded_at,
        type=entry.attributes.type,
        subject=entry.attributes.subject,
        disposition=entry.disposition,
        personal=personal,
        data=data,
    )


async def _opened(desk: Desk, subject: Subject, field: str, sealed: Encrypted) -> str:
    text = await desk.keeper.unseal(subject, field, sealed)
    if text is not None:
        return text
    own = await find_key_id(desk.keeping, subject)
    tombstone = await find_tombstone(desk.keeping, subject)
    return GONE if own is None or (tombstone and sealed.key_id in tombstone.key_ids) else ANOTHERS


def _remains(subject: Subject, facts: Sequence[HeldFact]) -> list[str]:
    encrypted = sum(len(fact.personal) for fact in facts)
    return [
        f"{len(facts)} facts: the record is never edited, so that it can be proven; {subject} is a random name in them",
        f"{encrypted} encrypted fields in them, which nobody can read: their key was destroyed",
        "the fact that it was forgotten, with counts and no contents",
        "whatever was exported, published or backed up before: see docs/security.md",
    ]
