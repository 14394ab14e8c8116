"""The proof of one event: how large it is, and how long it takes to make and to check, by the size of its partition."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from random import Random
from time import process_time

from event_store.checkpoints import PartitionState, Seal, SigningKey, checkpoint_text, encode_seal, sign
from event_store.merkle import Tile, TileId, Tree, inclusion_proof, leaf_hash, record_leaf
from event_store.proofs import RecordProof, encode_proof
from event_store.verifier.notes import read_key
from event_store.verifier.proof import verify_proof
from infra.bench.bench import Bench
from infra.bench.figures import Figure, Results, Run, Spread

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PARTITIONS, SEALS = 12, 8_640
RECORD_BYTES = 875
"""About what a fact of a camera takes."""
PROOFS = 200
HOW = (
    f"generated leaves, a record of {RECORD_BYTES} bytes, {PARTITIONS} partitions, {SEALS:,} seals (a day); the whole "
    f".tlog-proof with the record in it; {PROOFS} places at random, tiles in memory, one thread, processor time"
)


def measure(bench: Bench) -> Results:
    """Prove places in trees of growing size, and check each proof with the auditor's program."""
    figures, runs = [], []
    for size in SIZES[: bench.size(len(SIZES), 2)]:
        bench.say(f"a tree of {size:,} leaves")
        log = _Log(size, Random(bench.seed))  # noqa: S311  # inputs that can be had again
        measured = [log.measure(number) for number in range(1, bench.rounds + 1)]
        for what, unit, column in _COLUMNS:
            values = [each[column] for each in measured]
            name = f"{what} among {size:,}"
            runs += [
                Run(contender=name, round=number, value=value, unit=unit) for number, value in enumerate(values, 1)
            ]
            figures.append(Figure(what=name, value=Spread.of(values), unit=unit, how=HOW))
    return Results(figures=figures, runs=runs)


_COLUMNS = (("Proof of one event", "bytes", 0), ("Making it", "µs", 1), ("Checking it", "µs", 2))


class _Log:
    """A partition of some size under a log of seals, all generated."""

    def __init__(self, size: int, chance: Random) -> None:
        self._size = size
        self._chance = chance
        self._record = chance.randbytes(RECORD_BYTES)
        self._records, root = _grown(record_leaf(number, number, self._record) for number in range(size))
        roots = [root, *(chance.randbytes(32) for _ in range(1, PARTITIONS))]
        states = tuple(PartitionState("shopfloor.events", number, size, each) for number, each in enumerate(roots))
        self._seal = encode_seal(Seal(number=SEALS - 1, time_ms=0, partitions=states))
        earlier = (sha256(number.to_bytes(4, "big")).digest() for number in range(SEALS - 1))
        self._seals, top = _grown([*earlier, leaf_hash(self._seal)])
        self._key = SigningKey.generate("bench.example/record")
        self._note = sign(checkpoint_text("bench.example/record", SEALS, top), [self._key])
        self._pinned = read_key(str(self._key.verifier))

    def measure(self, _: int) -> tuple[float, float, float]:
        """Return bytes of a proof, and microseconds of making and of checking one."""
        places = [self._chance.randrange(self._size) for _ in range(PROOFS)]
        began = process_time()
        proofs = [self._prove(place) for place in places]
        made = process_time()
        for proof in proofs:
            verify_proof(proof, [self._pinned])
        checked = process_time()
        scale = 1_000_000 / PROOFS
        return sum(map(len, proofs)) / PROOFS, (made - began) * scale, (checked - made) * scale

    def _prove(self, leaf: int) -> bytes:
        return encode_proof(
            RecordProof(
                position=f"shopfloor.events/0/{leaf}",
                timestamp_ms=leaf,
                record=self._record,
                leaf=leaf,
                path=inclusion_proof(self._records, leaf, self._size),
                seal=self._seal,
                seal_number=SEALS - 1,
                seal_path=inclusion_proof(self._seals, SEALS - 1, SEALS),
                checkpoint=self._note,
                keys=[self._key.verifier],
            )
        )


def _grown(leaves: Iterable[bytes]) -> tuple[Callable[[TileId], bytes], bytes]:
    """Return the tiles of a tree over these leaves, and its root."""
    tree = Tree()
    tiles: list[Tile] = [*tree.extend(leaves), *tree.edge()]
    return {tile.id: tile.hashes for tile in tiles}.__getitem__, tree.root()
