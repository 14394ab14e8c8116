"""Everything that is held about one subject: facts, rows, consents, pictures, and what stays after forgetting."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, get_args

import msgspec

from event_store.envelope import Position
from event_store.erasure import Subject, Tombstone, find_tombstone
from event_store.erasure.keeper import HeldConsent, find_consents, find_key_id, find_owner
from event_store.errors import InvalidEvent
from event_store.events import CATALOGUE
from event_store.events.event import Encrypted
from event_store.ledger import Disposition
from event_store.partitions import partition_of
from event_store.replay import Entry, Place, read_entries
from event_store.serialization import decode
from event_store.topics import PARTITIONS
from infra.privacy.desk import Desk, Known
from projections.catalogue import READ_MODELS
from projections.rebuilding.holdings import HeldRow, find_rows

AT_ONCE = 5_000
SEALED = {
    name
    for name, event in CATALOGUE.items()
    if any(Encrypted in (field.type, *get_args(field.type)) for field in msgspec.structs.fields(event))
}
"""Types of facts that hold something encrypted: they may name a subject that nobody sees in them."""
GONE = "(encrypted; its key is not there, so nobody can read it)"
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
    names = [subject.id, *([key_id] if key_id else []), *(tombstone.key_ids if tombstone else ())]
    search = _Search(desk, subject, [name.encode() for name in names])
    facts = [fact for store in sorted(known.stores) async for fact in search.through(store, topic, progress)]
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


class _Search:
    """Finds the facts that hold a subject's names, in the clear or encrypted for somebody else."""

    def __init__(self, desk: Desk, subject: Subject, names: Sequence[bytes]) -> None:
        self._desk = desk
        self._subject = subject
        self._names = names

    async def through(self, store: str, topic: str, progress: Callable[[int], None]) -> AsyncIterator[HeldFact]:
        """Yield what is found in the history of a store."""
        organisation, start = self._subject.organisation, 0
        place, whose = Place(topic, partition_of(f"{organisation}/{store}", PARTITIONS)), (organisation, store)
        while entries := await read_entries(
            self._desk.reading, place, start=start, end=2**62, limit=AT_ONCE, store=whose
        ):
            for entry in entries:
                named = entry.value is not None and any(name in entry.value for name in self._names)
                if named or entry.attributes.type in SEALED:
                    fact = await self._fact(entry)
                    if named or str(self._subject) in fact.personal.values():
                        yield fact
            start = entries[-1].offset + 1
            progress(len(entries))

    async def _fact(self, entry: Entry) -> HeldFact:
        personal: dict[str, str] = {}
        data: dict[str, Any] | None = None
        with suppress(InvalidEvent):
            event = decode(entry.value or b"").event
            fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "time"}
            sealed = {name: value for name, value in fields.items() if isinstance(value, Encrypted)}
            for name, value in sealed.items():
                personal[name] = await self._opened(f"{type(event).__name__}.{name}", value)
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

    async def _opened(self, field: str, sealed: Encrypted) -> str:
        """Return what a field says of this subject; what it says of another one is not for this report."""
        owner = await find_owner(self._desk.keeping, sealed.key_id)
        text = None if owner is None else await self._desk.keeper.unseal(owner, field, sealed)
        if text is None:
            return GONE
        return text if owner == self._subject or text == str(self._subject) else ANOTHERS


def _remains(subject: Subject, facts: Sequence[HeldFact]) -> list[str]:
    encrypted = sum(len(fact.personal) for fact in facts)
    return [
        f"{len(facts)} facts: the record is never edited, so that it can be proven; {subject} is a random name in them",
        f"{encrypted} encrypted fields in them, which nobody can read without their keys",
        "the fact that it was forgotten, with counts and no contents",
        "whatever was exported, published or backed up before: see docs/security.md",
    ]
