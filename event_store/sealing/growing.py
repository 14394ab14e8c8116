"""The trees of the record as they grow, and the log of seals over them. Pure: what it makes is stored elsewhere."""

from collections.abc import Iterable, Mapping

from event_store.checkpoints import PartitionState, Seal, checkpoint_text, encode_seal
from event_store.merkle import Tile, Tree, leaf_hash

SEALS = "seals"
"""The name of the tree of seals; a partition's tree is named `topic/partition`."""


class GrowingLog:
    """One tree for each partition, and one of seals; remembers only their right edges."""

    def __init__(self, partitions: Mapping[tuple[str, int], Tree] | None = None, seals: Tree | None = None) -> None:
        self._partitions = dict(partitions or {})
        self._seals = seals or Tree()

    @property
    def size(self) -> int:
        """How many seals there are."""
        return self._seals.size

    @property
    def root(self) -> bytes:
        """The root of the log of seals."""
        return self._seals.root()

    def records(self, topic: str, partition: int) -> int:
        """Return how many records the tree of a partition has."""
        tree = self._partitions.get((topic, partition))
        return tree.size if tree else 0

    def append(self, topic: str, partition: int, leaves: Iterable[bytes]) -> list[Tile]:
        """Append a partition's next leaves; return the tiles of its tree that became full."""
        return self._partitions.setdefault((topic, partition), Tree()).extend(leaves)

    def seal(self, time_ms: int) -> tuple[Seal, list[Tile]]:
        """Append a seal over the partitions as they are now; return it with the tiles of seals that became full."""
        states = [
            PartitionState(topic, partition, tree.size, tree.root())
            for (topic, partition), tree in sorted(self._partitions.items())
            if tree.size
        ]
        seal = Seal(number=self._seals.size, time_ms=time_ms, partitions=tuple(states))
        return seal, self._seals.extend([leaf_hash(encode_seal(seal))])

    def checkpoint(self, origin: str) -> bytes:
        """Return the text of the checkpoint over all seals, to be signed."""
        return checkpoint_text(origin, self._seals.size, self._seals.root())

    def edge(self, topic: str, partition: int) -> list[Tile]:
        """Return the partial tiles of a partition's tree."""
        return self._partitions[topic, partition].edge()

    def seal_edge(self) -> list[Tile]:
        """Return the partial tiles of the tree of seals."""
        return self._seals.edge()
