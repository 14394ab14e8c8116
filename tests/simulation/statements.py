"""What the projector's core says to PostgreSQL, done on tables in memory; a statement that is not known is an error.

Held to the real PostgreSQL by `tests/simulation/test_stand_in.py`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg

from event_store import ledger, progress
from projections.tables import applied_ids, builds, forgetting
from projections.taking import dead_letters, outbox
from tests.simulation.points import Point
from tests.simulation.tables import Transaction
from tests.simulation.texts import asked, parts

Values = Sequence[Any]
Answer = list[tuple[Any, ...]]
LARGEST_INTEGER = 2**31 - 1


async def run(transaction: Transaction, text: str, values: Values) -> tuple[Answer, int]:
    """Do a statement, or several that were put together; return the last one's rows and how many it touched."""
    if (questions := asked(text)) is not None:
        asking = zip(questions, values, strict=True)
        return [tuple(_find(question)(transaction, [value], question)[0][0] for question, value in asking)], 1
    answer: Answer = []
    touched = 0
    must_stand = progress.STAND in text
    for part in parts(text):
        count = part.count("%s")
        mine, values = values[:count], values[count:]
        if part.lstrip().startswith("WITH step"):
            answer, touched = await _advance(transaction, part, mine)
            if must_stand and touched != values[-1]:
                raise psycopg.errors.DivisionByZero
        elif part == progress._OPEN:
            await _open(transaction, mine)
        else:
            answer = _find(part)(transaction, mine, part)
            touched = len(answer)
    return answer, touched


async def _advance(transaction: Transaction, text: str, values: Values) -> tuple[Answer, int]:
    steps = sorted(json.loads(values[0]), key=lambda step: int(step["partition"]))
    for step in steps:
        while not transaction.may_hold(("checkpoint", step["partition"])):
            await Point("lock")
    touched = 0
    for step in steps:
        row = transaction.get("checkpoints", step["partition"])
        stands = "c.next_offset = step.before" not in text or row["next_offset"] == step["before"]
        if stands and ("c.generation = step.generation" not in text or row["generation"] == step["generation"]):
            changed = {name: step[name] for name in ("next_offset", "last_digest", "log_end")}
            transaction.put("checkpoints", step["partition"], {**row, **changed, "stopped": None})
            touched += 1
    return [], touched


async def _open(transaction: Transaction, values: Values) -> None:
    for number in values[2]:
        while transaction.get("checkpoints", number) is None and not transaction.may_hold(("checkpoint", number)):
            await Point("lock")
        if transaction.get("checkpoints", number) is None:
            fresh = {"next_offset": 0, "generation": 0, "last_digest": None, "log_end": 0, "stopped": None}
            transaction.insert("checkpoints", number, fresh)


def _standing(transaction: Transaction, values: Values, _: str) -> Answer:
    rows = [(number, transaction.get("checkpoints", number)) for number in values[2]]
    return [
        (number, row["next_offset"], row["generation"], _bytes(row["last_digest"]))
        for number, row in rows
        if row is not None
    ]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("\\x"))


def _stop(transaction: Transaction, values: Values, _: str) -> Answer:
    row = transaction.get("checkpoints", values[3])
    transaction.put("checkpoints", values[3], {**row, "stopped": values[0]})
    return []


def _known(transaction: Transaction, values: Values, _: str) -> Answer:
    pairs = zip(values[0], values[1], strict=True)
    return [pair for pair in set(pairs) if transaction.get("applied", pair) is not None]


def _apply(transaction: Transaction, values: Values, _: str) -> Answer:
    for row in json.loads(values[0]):
        place = (row["partition"], row["offset"])
        transaction.insert("applied", (row["event_id"], row["organisation"]), place)
    return []


def _record(transaction: Transaction, values: Values, _: str) -> Answer:
    for row in json.loads(values[0]):
        put_entry(transaction, row["partition"], row["offset"], row["disposition"], _bytes(row["value"]))
    return []


def put_entry(transaction: Transaction, partition: int, offset: int, disposition: str, value: bytes | None) -> None:
    transaction.insert("ledger", (partition, offset), (disposition, value))


def _put_letter(transaction: Transaction, values: Values, _: str) -> Answer:
    _, partition, offset, _, organisation, store, subject, _, reason, _, behind, _ = values
    transaction.insert("dead_letters", (partition, offset), (organisation, store, subject, reason, behind))
    return []


def _parked(transaction: Transaction, values: Values, _: str) -> Answer:
    first: dict[tuple[Any, ...], int] = {}
    for (partition, offset), (*about, reason, behind) in transaction.items("dead_letters"):
        if partition in values[1] and about[2] is not None and reason != "misaddressed":
            waits = offset if behind is None else behind
            first[tuple(about)] = min(first.get(tuple(about), waits), waits)
    return [(*about, behind) for about, behind in first.items()]


def _losses(transaction: Transaction, values: Values, _: str) -> Answer:
    answer: Answer = []
    for number, first in zip(values[1], values[2], strict=True):
        lost = [at for (place, at), _ in transaction.items("dead_letters") if place == number and at >= first]
        became = {at: row[0] for (place, at), row in transaction.items("ledger") if place == number and at >= first}
        last = max((at for at, disposition in became.items() if disposition == "applied"), default=-1)
        answer.append((number, sorted(lost), sum(became[at] == "dead" and at > last for at in lost), 0))
    return answer


def _number(transaction: Transaction, values: Values, _: str) -> Answer:
    *source, count = values
    last = (transaction.get("policy_sources", tuple(source)) or 0) + count
    transaction.put("policy_sources", tuple(source), last)
    return [(last,)]


def _put_derived(transaction: Transaction, values: Values, _: str) -> Answer:
    transaction.tables.numbers += 1
    transaction.insert("outbox", transaction.tables.numbers, tuple(values))
    return []


def _waiting(transaction: Transaction, values: Values, _: str) -> Answer:
    rows = sorted((number, row) for number, row in transaction.items("outbox") if row[1] in values[1])
    return [(number, key, value) for number, (_, _, key, value) in rows[: values[2]]]


def _sent(transaction: Transaction, values: Values, _: str) -> Answer:
    for number in values[0]:
        transaction.put("outbox", number, None)
    return []


def _pointers(_: Transaction, __: Values, ___: str) -> Answer:
    return [(1, 1, None, None)]


def _nothing(_: Transaction, __: Values, ___: str) -> Answer:
    return []


def _one(_: Transaction, __: Values, ___: str) -> Answer:
    return [()]


Do = Callable[[Transaction, Values, str], Answer]

KNOWN: Mapping[str, Do] = {
    progress._FIND: _standing,
    progress._STOP: _stop,
    applied_ids._FIND: _known,
    applied_ids._PUT: _apply,
    ledger._PUT: _record,
    dead_letters._PUT: _put_letter,
    dead_letters._PARKED: _parked,
    dead_letters._LOSSES: _losses,
    outbox._NUMBERS: _number,
    outbox._PUT: _put_derived,
    outbox._WAITING: _waiting,
    outbox._SENT: _sent,
    builds._POINTERS: _pointers,
    forgetting._FIND: _nothing,
}
BEGINNINGS: Mapping[str, Do] = {
    "SELECT pg_advisory_xact_lock_shared": _nothing,
    "SELECT pg_notify": _nothing,
    "SELECT FROM pg_tables": _one,
}
_MODEL = re.compile(r'(?:FROM|INTO) "(\w+)"\."(\w+)"')


def _find(text: str) -> Do:
    if text in KNOWN:
        return KNOWN[text]
    bare = text.lstrip()
    for beginning, do in BEGINNINGS.items():
        if bare.startswith(beginning):
            return do
    if _MODEL.search(text):
        for beginning, do in {"SELECT coalesce": _load, "INSERT INTO": _put, "DELETE FROM": _take}.items():
            if bare.startswith(beginning):
                return do
    raise NotImplementedError(f"the stand-in does not know this statement: {text}")


def _model(text: str) -> str:
    found = _MODEL.search(text)
    return "" if found is None else found[2]


def _load(transaction: Transaction, values: Values, text: str) -> Answer:
    keys = [tuple(key.values()) for key in json.loads(values[0])]
    rows = [row for key in keys if (row := transaction.get(_model(text), key)) is not None]
    return [(json.dumps(rows),)]


def _put(transaction: Transaction, values: Values, text: str) -> Answer:
    (conflict,) = re.findall(r"ON CONFLICT \(([^)]*)\)", text)
    names = [name.strip('" ') for name in conflict.split(",")]
    for row in json.loads(values[0]):
        if isinstance(row.get("count"), int) and row["count"] > LARGEST_INTEGER:
            raise psycopg.errors.NumericValueOutOfRange("integer out of range")
        transaction.put(_model(text), tuple(row[name] for name in names), row)
    return []


def _take(transaction: Transaction, values: Values, text: str) -> Answer:
    for key in json.loads(values[0]):
        transaction.put(_model(text), tuple(key.values()), None)
    return []
