"""Kafka to PostgreSQL through Faust, exactly once, ledger and all read models, beside the same without Kafka."""

from functools import partial

from infra.bench.bench import Bench
from infra.bench.contenders.task import ALL
from infra.bench.course import Course
from infra.bench.figures import Aim, Results
from infra.bench.processes import run_module
from infra.bench.rounds import Comparison, Contender, results, take_turns

OURS = "our projector"
BARE = "the same transactions without Kafka"
PARTITIONS = 12
ROW = Comparison(
    what="Ledger and all read models through Faust",
    peer=BARE,
    aim=Aim(limit=0.8),
    how="12 partitions, fsync on; the peer takes the same facts from memory, 4,000 of a partition in a transaction",
)


def measure(bench: Bench) -> Results:
    """Take the record through Faust and from memory in turns."""
    course = Course(bench, bench.size(50_000, 20_000), partitions=PARTITIONS)
    contenders: dict[str, Contender] = {
        OURS: course.contender(OURS, partial(run_module, "infra.bench.contenders.projector"), ALL),
        BARE: course.contender(BARE, partial(run_module, "infra.bench.contenders.without_kafka"), ALL),
    }
    return results(take_turns(contenders, bench.rounds, unit="facts/s"), OURS, [ROW])
