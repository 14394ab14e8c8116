"""The log of seals, checked as it grows: each seal extends the one before, and a known key signs each state."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import Connection

from event_store.checkpoints import Seal, VerifierKey, checkpoint_text, decode_seal
from event_store.merkle import Tile, Tree, leaf_hash
from event_store.monitoring.divergence import SEALS, Divergence
from event_store.verifier.notes import Key, read_checkpoint, read_key

AT_ONCE = 500
_ROWS = "SELECT number, entry, note FROM record.seals WHERE number >= %s ORDER BY number LIMIT %s"


class SealsStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log of seals was checked: its tree, its name and the bytes of the last seal."""

    size: int = 0
    edge: Sequence[Tile] = ()
    origin: str = ""
    last: bytes = b""


class SealLog:
    """Remembers the log as far as it was right; what comes later must continue it."""

    def __init__(self, standing: SealsStanding | None = None) -> None:
        self.standing = standing or SealsStanding()

    @property
    def size(self) -> int:
        """How many seals were checked."""
        return self.standing.size

    @property
    def last(self) -> Seal | None:
        """The last seal that was checked, which is what the record is compared with."""
        return decode_seal(self.standing.last) if self.standing.size else None

    @property
    def root(self) -> bytes:
        """The root of the log as far as it was checked."""
        return Tree(self.standing.size, self.standing.edge).root()

    def step(self, connection: Connection[Any], keys: Sequence[VerifierKey], most: int) -> tuple[int, list[Divergence]]:
        """Check the last seal again and at most so many new ones; return how many were new, and what is wrong."""
        tree = Tree(self.standing.size, self.standing.edge)
        before = max(0, self.size - 1)
        rows = connection.execute(_ROWS, (before, min(most, AT_ONCE) + 1)).fetchall()
        if self.size:
            why = self._changed(tree, rows)
            if why:
                return 0, [_divergence(before, self.size, why)]
            rows = rows[1:]
        known = [read_key(str(key)) for key in keys]
        for number, entry, note in rows:
            try:
                self._extend(tree, number, bytes(entry), bytes(note), known)
            except ValueError as problem:
                return number - before, [_divergence(self.size, self.size + 1, str(problem))]
        return len(rows), []

    def _changed(self, tree: Tree, rows: Sequence[Any]) -> str:
        if not rows or rows[0][0] != self.size - 1:
            return f"the log had {self.size} seals and has lost this one"
        entry, note = bytes(rows[0][1]), bytes(rows[0][2])
        text = checkpoint_text(self.standing.origin, self.size, tree.root())
        if entry != self.standing.last or not note.startswith(text + b"\n"):
            return "the seal is not the one that was checked before: history was written again"
        return ""

    def _extend(self, tree: Tree, number: int, entry: bytes, note: bytes, known: Sequence[Key]) -> None:
        """Take one seal; raises ValueError where it does not continue the log."""
        if number != self.size:
            raise ValueError(f"the seal is missing, number {number} follows")
        seal, before = decode_seal(entry), self.last
        if seal.number != number:
            raise ValueError(f"the seal says that it is number {seal.number}")
        if before is not None and not _continues(before, seal):
            raise ValueError("the seal covers less than the one before it")
        tree.extend([leaf_hash(entry)])
        checkpoint = read_checkpoint(note, known, strangers=True)
        if (checkpoint.size, checkpoint.root) != (tree.size, tree.root()):
            raise ValueError("the signed checkpoint does not extend the one before")
        if before is not None and checkpoint.origin != self.standing.origin:
            raise ValueError(f"the checkpoint is of another log, {checkpoint.origin}")
        self.standing = SealsStanding(size=tree.size, edge=tree.edge(), origin=checkpoint.origin, last=entry)


def _continues(before: Seal, seal: Seal) -> bool:
    sizes = {(each.topic, each.partition): each.size for each in seal.partitions}
    return seal.time_ms >= before.time_ms and all(
        sizes.get((each.topic, each.partition), 0) >= each.size for each in before.partitions
    )


def _divergence(number: int, checkpoint: int, why: str) -> Divergence:
    return Divergence(side="seals", tree=SEALS, leaf=number, checkpoint=checkpoint, why=why)
