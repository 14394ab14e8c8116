"""Where a person's requests are answered: the keeper's connection, the projector's, and the folders."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
from psycopg import AsyncConnection

import migrations
from event_store.archive.errors import ArchivingError
from event_store.archive.searching import Progress, find_in_archive
from event_store.database import connect
from event_store.erasure import ROLE, Evidence, Keeper, Masters, Subject, read_subject
from event_store.erasure.errors import AmbiguousSubject, UnknownSubject
from event_store.erasure.keeper import find_holders
from event_store.erasure.subjects import split_subject
from event_store.writer import EventWriter
from infra.settings import Settings
from projections.catalogue import READ_MODELS
from projections.rebuilding.holdings import find_stores
from projections.tables.read_model import PROJECTOR_ROLE

ACTOR = "command/privacy"


class Known(msgspec.Struct, frozen=True):
    """A subject with the stores of its organisation that know it."""

    subject: Subject
    stores: frozenset[str]
    unread: Sequence[ArchivingError]
    """Why some of the archive could not be searched: more stores may know it."""


class Desk(msgspec.Struct, frozen=True):
    """What a request needs; the keeper's role reads keys, the projector's reads record and read models."""

    keeping: AsyncConnection[Any]
    reading: AsyncConnection[Any]
    keeper: Keeper
    evidence: Evidence

    async def find(self, text: str, organisation: str | None, progress: Progress = lambda _: None) -> Known:
        """Return a subject that is known, also if only to archived months, through which it goes with `progress`.

        Raises `UnusableSubject`, `UnknownSubject` and `AmbiguousSubject`, and an `ArchivingError` where nothing knows
        it and some of the archive cannot be read.
        """
        kind, name = split_subject(text)
        found = await find_stores(self.reading, READ_MODELS, kind, name)
        archived = await find_in_archive(self.reading, text, progress)  # last: no month goes where it was searched
        found |= archived.stores | await find_holders(self.keeping, text) | self.evidence.holders(kind, name)
        organisations = {each for each, _ in found if organisation in (None, each)}
        if not organisations:
            raise next(iter(archived.unread), UnknownSubject(text))
        if len(organisations) > 1:
            raise AmbiguousSubject(text, organisations)
        (owner,) = organisations
        stores = frozenset(store for each, store in found if each == owner)
        return Known(read_subject(owner, text), stores, archived.unread)


@asynccontextmanager
async def open_desk(where: Settings) -> AsyncIterator[Desk]:
    """Open the connections of a request; refuses a database of another version."""
    url = where.database_url()
    migrations.check(url)
    async with AsyncExitStack() as until_done:
        keeping = await until_done.enter_async_context(await connect(url, ROLE))
        reading = await until_done.enter_async_context(await connect(url, PROJECTOR_ROLE))
        keeper = Keeper(keeping, Masters(where.keys_folder))
        yield Desk(keeping, reading, keeper, Evidence(where.evidence_folder))


@asynccontextmanager
async def open_writer(where: Settings) -> AsyncIterator[EventWriter]:
    """Open what tells facts to the record, whose topic must be there and keep them."""
    async with EventWriter(where.kafka_connection(), where.topics.events) as writer:
        await writer.partitions()
        await writer.demand_fit()
        yield writer
