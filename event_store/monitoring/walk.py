"""One side's tree of one partition, grown record by record and compared with what was sealed."""

from collections.abc import Sequence

import msgspec

from event_store.checkpoints import PartitionState
from event_store.database import outages_told
from event_store.errors import Unreachable
from event_store.merkle import HASH_BYTES, Tile, Tree
from event_store.monitoring.divergence import Divergence
from event_store.monitoring.removals import Removals
from event_store.monitoring.sealed_trees import SealedTrees
from event_store.monitoring.sides import Found, Side
from event_store.replay import Place

AT_ONCE = 2_048


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a walk has come: the tree's size with its right edge, and the first offset that is not in it."""

    size: int = 0
    following: int = 0
    edge: Sequence[Tile] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one stretch of a walk."""

    read: int = 0
    passed: range = range(0)
    """Leaves that agree with the stored tiles, or were told apart from them."""
    proved: bool = False
    """Whether the sealed root was derived, or nothing is left; then nothing is wrong with this side any more."""
    found: Sequence[Divergence] = ()


class Walk:
    """Goes over a partition as one side has it; where that differs it stays before the place until it is mended."""

    def __init__(
        self, sides: tuple[Side, Side], place: Place, trees: SealedTrees, removals: Removals, standing: Standing
    ) -> None:
        """`sides` are the one to look at, and the other one, which helps to name a bad position."""
        self._side, self._other = sides
        self._removals = removals
        self._place, self._trees = place, trees
        self._tree = Tree(standing.size, standing.edge)
        self._following = standing.following
        self.removed = False
        """Whether this side has nothing more of what was sealed, because all of it was removed."""

    @property
    def size(self) -> int:
        """How many leaves were compared."""
        return self._tree.size

    @property
    def standing(self) -> Standing:
        """What a later process needs to go on."""
        return Standing(size=self._tree.size, following=self._following, edge=self._tree.edge())

    async def step(self, sealed: PartitionState, checkpoint: int, most: int) -> Step:
        """Read a stretch of at most so many records, up to what a seal covers, and compare it."""
        begins = await self._side.begins(self._place)
        step, removed = await self._step(sealed, checkpoint, most, begins), []
        if (gone := await self._removals.judge(self._place, begins)) is not None:
            leaf, _ = self._trees.leaf_at(self._name, *gone.newest) or (0, False)
            removed = [self._divergence(leaf, checkpoint, gone.why, gone.newest.offset)]
        return msgspec.structs.replace(step, found=[*removed, *step.found])

    async def _step(self, sealed: PartitionState, checkpoint: int, most: int, begins: int) -> Step:
        skipped = await self._skip_removed(checkpoint, begins)
        if skipped is not None:
            return skipped
        first, wanted = self.size, min(AT_ONCE, most, sealed.size - self.size)
        if wanted <= 0:
            return Step(proved=self.size == sealed.size)
        records = await self._side.read(self._place, self._following, wanted)
        differs = _first_difference(records, self._trees.leaves(self._name, first, wanted), wanted)
        damaged = []
        if differs is not None:
            divergence = await self._judge(sealed, checkpoint, differs, records)
            if divergence.side != self._side.name:
                damaged = [divergence]
            elif await self._side.begins(self._place) > self._following:
                return Step(read=len(records))  # removed while it was read
            else:
                return Step(read=len(records), found=[divergence])
        return self._take(records, sealed, checkpoint, damaged)

    def _take(
        self, records: Sequence[Found], sealed: PartitionState, checkpoint: int, damaged: Sequence[Divergence]
    ) -> Step:
        passed = range(self.size, self.size + len(records))
        self._tree.extend(each.leaf for each in records)
        self._following = records[-1].offset + 1
        ended = self.size == sealed.size
        if ended and self._tree.root() != sealed.root:
            self._tree, self._following = Tree(), 0  # any leaf may be the wrong one: all are read again
            leaf = self._trees.first_astray(sealed)
            why = "the records do not lead to the sealed root, and neither do the stored tiles"
            return Step(read=len(records), found=[*damaged, self._divergence(leaf or 0, checkpoint, why)])
        return Step(read=len(records), passed=passed, proved=ended, found=damaged)

    async def _judge(
        self, sealed: PartitionState, checkpoint: int, differs: int, records: Sequence[Found]
    ) -> Divergence:
        """Tell who differs: this side, or the stored tile."""
        leaf, record = self.size + differs, records[differs] if differs < len(records) else None
        stored = self._trees.leaves(self._name, leaf, 1)
        if record is not None and (
            self._trees.leads(sealed, leaf, record.leaf) or not self._trees.leads(sealed, leaf, stored)
        ):
            why = "the stored tile does not lead to the sealed root"
            return Divergence(
                side="tiles", tree=self._name, leaf=leaf, offset=record.offset, checkpoint=checkpoint, why=why
            )
        start = records[differs - 1].offset + 1 if differs else self._following
        twin = await self._twin(start)
        if twin is not None and twin.leaf == stored:
            offset, missing = twin.offset, record is None or record.offset > twin.offset
        else:
            offset, missing = (start, True) if record is None else (record.offset, False)
        why = "the record that was sealed is missing" if missing else "the record is not the one that was sealed"
        return self._divergence(leaf, checkpoint, why, offset)

    async def _twin(self, start: int) -> Found | None:
        """Return what the other side has in this place, if it can be asked."""
        try:
            with outages_told():
                return next(iter(await self._other.read(self._place, start, 1)), None)
        except Unreachable:
            return None

    async def _skip_removed(self, checkpoint: int, begins: int) -> Step | None:
        """Go on behind what this side has removed; the rest must still lead to the sealed root."""
        if begins <= self._following:
            self.removed = False
            return None
        record = await self._side.read(self._place, begins, 1)
        at = self._trees.leaf_at(self._name, record[0].offset, record[0].leaf) if record else None
        self.removed = at is None or at[0] < self.size or begins >= self._trees.following(self._name)
        if at is None or self.removed:
            return Step(proved=True)
        if not at[1]:
            why = "the first record that is left is not the one that was sealed"
            return Step(found=[self._divergence(at[0], checkpoint, why, record[0].offset)])
        self._tree, self._following = self._trees.tree(self._name, at[0]), begins
        return None

    def _divergence(self, leaf: int, checkpoint: int, why: str, offset: int | None = None) -> Divergence:
        return Divergence(
            side=self._side.name, tree=self._name, leaf=leaf, offset=offset, checkpoint=checkpoint, why=why
        )

    @property
    def _name(self) -> str:
        return f"{self._place.topic}/{self._place.partition}"


def _first_difference(records: Sequence[Found], stored: bytes, wanted: int) -> int | None:
    if b"".join([each.leaf for each in records]) == stored:
        return None
    for number, each in enumerate(records):
        if each.leaf != stored[number * HASH_BYTES : (number + 1) * HASH_BYTES]:
            return number
    return len(records) if len(records) < wanted else None
