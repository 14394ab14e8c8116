"""What `shopfloor dead-letters` asks and does."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position
from event_store.ledger import LEDGER
from infra.cli.records_bar import records_bar
from infra.deciding import asking, write
from infra.errors import NotInLog, StillDead
from infra.health.lag import find_ends
from infra.settings import Settings
from infra.terminal import one_line
from projections.deciding import accepted_letters, decisions
from projections.deciding.decision_errors import UnknownRecord
from projections.deciding.letters import (
    Letter,
    LetterKey,
    Wanted,
    find_behind,
    find_letter,
    find_letters,
    find_letters_at,
)
from projections.scope import Page, StoreKey

MOST_AT_ONCE = 10_000
"""Letters that one command retries; more are left for the next."""

PART = 1_000
"""So many are decided about and carried out before the next are: each part folds a store's rows again once."""

Tell = Callable[[str], object]
"""Takes a line for somebody to read."""


class Shown(msgspec.Struct, frozen=True):
    """A letter with what one needs to judge it."""

    letter: Letter
    value: str | None
    """The record's bytes: text where they are, base64 otherwise; null where it has none or is in the archive."""
    encoding: str | None
    """`utf-8` or `base64`."""
    waiting: Sequence[Position]


def find(url: str, wanted: Wanted, page: Page[LetterKey]) -> Sequence[Letter]:
    """Return letters in the order of the record."""

    async def ask() -> Sequence[Letter]:
        async with asking(url) as connection:
            return await find_letters(connection, wanted, page)

    return asyncio.run(ask())


def accept(where: Settings, upto: Position, who: str) -> None:
    """Let what cannot be applied up to a position stop nothing; raises `NotInLog` for one that the log has not."""

    async def ask() -> None:
        ends = await find_ends(where.kafka_connection(), upto.topic, [upto.partition], {})
        if upto.offset >= ends.get(upto.partition, 0):
            raise NotInLog(upto, ends.get(upto.partition, 0))
        async with asking(where.database_url()) as connection:
            await accepted_letters.accept(connection, upto, who)

    asyncio.run(ask())


def look_at(url: str, at: Position, most: int) -> Shown:
    """Return one letter; raises `UnknownRecord` for a position where none is."""

    async def ask() -> Shown:
        async with asking(url) as connection:
            letter = await find_letter(connection, at)
            if letter is None:
                raise UnknownRecord(at)
            value, encoding = _readable(await _bytes_of(connection, letter))
            waiting = [each.position for each in await find_behind(connection, letter, most)]
            return Shown(letter, value, encoding, waiting)

    return asyncio.run(ask())


async def _bytes_of(connection: AsyncConnection, letter: Letter) -> bytes | None:
    here = [LEDGER.c[name] == getattr(letter, name) for name in ("topic", "partition", "offset", "recorded_at")]
    value: bytes | None = (await connection.execute(select(LEDGER.c.value).where(*here))).scalar_one_or_none()
    return value


def _readable(value: bytes | None) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    try:
        return value.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(value).decode(), "base64"


def retry(where: Settings, chosen: Sequence[Position] | Wanted, by: tuple[str, float], tell: Tell) -> None:
    """Have letters taken again by somebody who waits so many seconds for each part; tell what became of each.

    Raises `StillDead` after the last where some failed again.
    """
    failed, told = asyncio.run(_retry(where, chosen, by, tell))
    if failed:
        raise StillDead(failed, told)
    if not told:
        tell("nothing is dead that was chosen")


async def _retry(
    where: Settings, chosen: Sequence[Position] | Wanted, by: tuple[str, float], tell: Tell
) -> tuple[int, int]:
    (who, patience_s), failed = by, 0
    async with asking(where.database_url()) as connection:
        letters = await _chosen(connection, chosen)
        made = [decisions.retry_letter(letter, decisions.now()) for letter in letters]
        with records_bar("dead letters", len(made)) as bar:
            for first in range(0, len(made), PART):
                part = letters[first : first + PART]
                decided = await write(where, connection, made[first : first + PART], who, patience_s)
                after = await _after(connection, part) if decided.carried_out else {}
                patience_s = patience_s if decided.carried_out else 0.0
                for letter in part:
                    tell(_outcome(letter, after.get(letter.position)))
                failed += sum(each.resolved is None for each in after.values())
                bar.advance(len(part))
    return failed, len(made)


async def _chosen(connection: AsyncConnection, chosen: Sequence[Position] | Wanted) -> list[Letter]:
    """Return the letters that are dead by themselves; raises `RefusedDecision` for one that was named and is not."""
    if isinstance(chosen, Wanted):
        letters = await find_letters(connection, chosen, Page(MOST_AT_ONCE))
        return [letter for letter in letters if letter.behind is None]
    return [await decisions.find_open(connection, at) for at in chosen]


async def _after(connection: AsyncConnection, part: Sequence[Letter]) -> dict[Position, Letter]:
    places: dict[tuple[str, int], list[int]] = {}
    for letter in part:
        places.setdefault((letter.topic, letter.partition), []).append(letter.offset)
    return {
        letter.position: letter
        for place, offsets in places.items()
        for letter in await find_letters_at(connection, *place, offsets)
    }


def _outcome(before: Letter, letter: Letter | None) -> str:
    at, waited = before.position, before.waiting
    if letter is None:
        return f"{_place(at)}: to be taken again once a projector runs"
    match letter.resolved:
        case None:
            return f"{_place(at)}: still dead: {one_line(letter.error)}"
        case "duplicate":
            return f"{_place(at)}: its fact counted already"
        case _:
            behind = f"; {waited} waited behind it" if waited else ""
            return f"{_place(at)}: counts at its place now{behind}"


def skip(where: Settings, at: Position, reason: str, owner: StoreKey | None, by: tuple[str, float]) -> str:
    """Have a letter given up, by somebody who waits for so many seconds; return a line that says so."""
    who, patience_s = by

    async def run() -> bool:
        async with asking(where.database_url()) as connection:
            decision = await decisions.skip(connection, at, reason, decisions.now(), owner)
            return (await write(where, connection, [decision], who, patience_s)).carried_out

    done = asyncio.run(run())
    return f"{_place(at)}: " + ("skipped; what waited behind it goes on" if done else "skipped once a projector runs")


def told(shown: Shown) -> str:
    """Write a letter with all there is to say of it."""
    letter = shown.letter
    fields: dict[str, Any] = {
        "position": _place(letter.position),
        "recorded": letter.recorded_at.isoformat(),
        "store": f"{letter.organisation or '?'}/{letter.store or '?'}",
        "subject": letter.subject or "unreadable",
        "type": letter.type or "unreadable",
        "reason": f"{letter.reason}: {letter.error}",
        "decided": f"{letter.resolved} at offset {letter.resolved_by}" if letter.resolved else "nothing yet",
        "waiting": ", ".join(map(_place, shown.waiting)) or "nothing waits behind it",
        "bytes": f"({shown.encoding}) {shown.value}" if shown.encoding else "none here",
    }
    return "\n".join(f"{name + ':':<10} {one_line(value)}" for name, value in fields.items())


def _place(at: Position) -> str:
    return f"{at.topic}/{at.partition}/{at.offset}"
