"""The keeper of a test's database: it seals, forgets and tells, and what it tells is kept in memory."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from psycopg import AsyncConnection

from event_store.database import connect
from event_store.envelope import Envelope, Position
from event_store.erasure import ROLE, Consents, Evidence, Forgetting, Forgotten, Keeper, Masters, Subject
from event_store.events.erasures import Ground
from event_store.events.event import Encrypted
from event_store.serialization import decode

STORE = "ginza-3"
ASTRID = Subject("acme", "profile", "3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42")
BJARNE = Subject("acme", "profile", "77777777-6a1b-4c7d-9f0e-2b8f6f6e9d42")
A_VISIT = Subject("acme", "visit", "5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b")
FIELD = "SaleRecorded.receipt"


class Crash(Exception):
    """The process ends here."""


class Keeping:
    """One keeper with its folders; an asynchronous context."""

    connection: AsyncConnection[Any]

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.masters = Masters(folder / "keys")
        self.evidence = Evidence(folder / "evidence")
        self.folder = folder
        self.told: list[Envelope] = []
        self.crash_in_writing = False

    async def __aenter__(self) -> Self:
        self.connection = await connect(self.database, ROLE)
        self.keeper = Keeper(self.connection, self.masters)
        self.consents = Consents(self.connection, self.keeper, self.write, actor="command/test")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.close()

    async def write(self, records: Sequence[tuple[str, bytes]]) -> list[Position]:
        """Append records to what was told."""
        if self.crash_in_writing:
            raise Crash
        self.told += [decode(value) for _, value in records]
        first = len(self.told) - len(records)
        return [Position(topic="t", partition=0, offset=first + number) for number in range(len(records))]

    async def seal(self, subject: Subject, text: str, *, purpose: str = "contract", **more: Any) -> Encrypted:
        """Encrypt a field that needs no consent unless told otherwise."""
        return await self.keeper.seal(subject, FIELD, text, store=STORE, purpose=purpose, **more)

    async def forget(
        self, subject: Subject, ground: Ground = "requested", *, known_in: Sequence[str] = ()
    ) -> Forgotten:
        """Forget a subject."""
        forgetting = Forgetting(self.connection, self.keeper, self.evidence, self.write, actor="command/test")
        return await forgetting.forget(subject, ground, known_in=known_in)

    def picture(self, subject: Subject, name: str = "1.jpg", store: str = STORE) -> Path:
        """Lay an evidence picture of a subject where they lie."""
        path = self.folder / "evidence" / subject.organisation / store / subject.kind / subject.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
        return path

    async def ask(self, question: str) -> list[Any]:
        """Return the rows of a query, in the keeper's role."""
        return await (await self.connection.execute(question)).fetchall()
