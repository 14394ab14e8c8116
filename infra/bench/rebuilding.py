"""Rebuilding read models from the ledger, beside taking the same facts from Kafka."""

from infra.bench.bench import Bench
from infra.bench.contenders.task import ALL, Task
from infra.bench.course import Course, demand_result
from infra.bench.figures import Aim, Results
from infra.bench.processes import run_module
from infra.bench.rounds import Comparison, results, take_turns

LIVE = "projector from Kafka, ledger and the same read model"
LIVE_ALL = "projector from Kafka, ledger and all read models"
ONE = "visits"
HOW = "12 partitions, fsync on; the rebuild reads the ledger that the live run filled just before, and is timed whole"


def measure(bench: Bench) -> Results:
    """Fill the ledger live, then rebuild from it; once for one read model and once for all."""
    course = Course(bench, bench.size(30_000, 8_000), partitions=12)
    one = _compare(bench, course, ONE, Comparison(what=f"Rebuild of {ONE}", peer=LIVE, how=HOW, aim=Aim(limit=2.0)))
    every = _compare(
        bench, course, ALL, Comparison(what="Rebuild of all in one pass", peer=LIVE_ALL, how=HOW, aim=Aim(limit=2.0))
    )
    return Results(
        figures=[*one.figures, *every.figures],
        missing=[*one.missing, *every.missing],
        runs=[*one.runs, *every.runs],
    )


def _compare(bench: Bench, course: Course, read_models: str, row: Comparison) -> Results:
    pair = _Pair(bench, course, read_models)
    rounds = take_turns({row.peer: pair.live, row.what: pair.rebuild}, bench.rounds, unit="facts/s")
    return results(rounds, row.what, [row])


class _Pair:
    """A live run and the rebuild of what it left."""

    def __init__(self, bench: Bench, course: Course, read_models: str) -> None:
        self._bench = bench
        self._course = course
        self._read_models = read_models
        self._filled: Task | None = None

    def live(self, number: int) -> float:
        """Take everything from Kafka."""
        self._bench.say(f"round {number} of {self._bench.rounds}: {self._read_models} from Kafka")
        task = self._course.task(self._read_models)
        taken = run_module("infra.bench.contenders.projector", task)
        demand_result("projector", task)
        self._filled = task
        return taken.rate

    def rebuild(self, number: int) -> float:
        """Rebuild what the live run of the round left, and drop it."""
        if self._filled is None:
            raise LookupError("a live run comes first")
        self._bench.say(f"round {number} of {self._bench.rounds}: {self._read_models} from the ledger")
        taken = run_module("infra.bench.contenders.rebuild", self._filled)
        self._bench.drop(self._filled.database)
        return taken.rate
