"""One fire, from the first fact to the verdict."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from infra.fire import books
from infra.fire.doomed import POINTS, SINK_POINTS
from infra.fire.ground import PROJECTORS, SEALER, TELLERS, Ground
from infra.fire.verdict import Verdict, judge
from infra.fire.walk import Walk

CLEAN = "clean"
LAST_WORDS = 1_500
"""So many characters of each process's log are shown after a failure."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was done and what came of it."""

    done: Mapping[str, int]
    meant: Mapping[str, int]
    """How often a projector or a sink was to die at a point."""
    reached: Mapping[str, int]
    """How often one did."""
    kills: int
    verdict: Verdict
    dispositions: Mapping[str, int]
    checks: Sequence[tuple[str, bool]]
    surprises: Sequence[str]
    logs: str

    @property
    def is_clean(self) -> bool:
        """Whether every check passed."""
        return all(passed for _, passed in self.checks)

    def report(self) -> str:
        """Return the tables, and as the last line how many checks passed."""
        verdict = self.verdict
        passed = sum(passed for _, passed in self.checks)
        lines = [
            *(f"{count:5}  {what}" for what, count in sorted(self.done.items())),
            *self._deaths("projector", POINTS),
            *self._deaths("sink", SINK_POINTS),
            *(f"{count:5}  records {what} in the ledger" for what, count in sorted(self.dispositions.items())),
            *self.surprises,
            *(f"{'passed' if passed else 'FAILED'}  {what}" for what, passed in self.checks),
            f"{verdict.facts} facts applied, {verdict.altered} altered",
            f"kills {self.kills}, lost {verdict.lost}, doubled {verdict.doubled}, out of order {verdict.out_of_order}",
            f"{passed} passed, {len(self.checks) - passed} failed, 0 skipped",
        ]
        return "".join(f"{line}\n" for line in lines)

    def _deaths(self, what: str, points: Iterable[str]) -> Iterator[str]:
        for point in points:
            yield f"{self.reached[point]:5}  {what} died {point}, of {self.meant[point]} meant"


def burn(folder: Path, seed: int, seconds: float, *, driver: str, say: Callable[[str], None]) -> Outcome:
    """Tell stories while things die for so long, let everything settle, and compare the books."""
    with Ground(folder, seed, driver) as ground:
        kafka, database = ground.services.kafka, ground.services.database
        told = books.wait_until_told(database, sum(map(len, TELLERS.values())), ground.start_missing)
        say("facts of every store arrive" if told else "no facts arrive")
        walk = Walk(ground, seed, say)
        walk.run(seconds)
        say("everything is whole again")
        ground.let_finish(tuple(TELLERS))
        settled = books.wait_until_taken(kafka, database, lambda: ground.start_missing(PROJECTORS))
        say("everything is taken" if settled else "not everything was taken")
        ground.stop((*PROJECTORS, SEALER))
        sealed = books.seals_hold(kafka, database, folder)
        say("sealed, and compared with what was sealed" if sealed else "the seals do not hold")
        clean = books.make_clean(database)
        direct = {"SHOPFLOOR_KAFKA": kafka, "SHOPFLOOR_DATABASE": clean}
        ground.start(CLEAN, "-m", "infra.cli", "projector", "--patience", "60", **direct)
        refolded = books.wait_until_taken(kafka, clean, lambda: None)
        say("and folded once more, undisturbed")
        ground.stop([CLEAN])
        verdict = judge(books.applied(database), books.told(folder, TELLERS, seed))
        checks = [
            ("the projectors took everything that Kafka has", settled),
            ("so did an undisturbed one", refolded),
            ("no process ended but by our doing, or otherwise than asked", not ground.surprises),
            ("each point that somebody was to die at was reached", walk.reached == walk.meant),
            ("the ledger and Kafka are what was sealed, record by record", sealed),
            ("the seals cover every record once", books.sealed(database) == books.taken(database)),
            *_checks(verdict),
            *_read_models(database, clean),
        ]
        return Outcome(
            done=walk.done,
            meant=walk.meant,
            reached=walk.reached,
            kills=walk.kills,
            verdict=verdict,
            dispositions=books.dispositions(database),
            checks=checks,
            surprises=ground.surprises,
            logs="\n".join(f"{log.name}: {log.read_text()[-LAST_WORDS:]}\n" for log in sorted(folder.glob("*.log"))),
        )


def _checks(verdict: Verdict) -> Sequence[tuple[str, bool]]:
    return [
        ("facts were told and applied", verdict.facts > 0),
        ("nothing that a spool took is lost", verdict.lost == 0),
        ("nothing is applied twice", verdict.doubled == 0),
        ("each source is in order", verdict.out_of_order == 0),
        ("every fact has the bytes that were told", verdict.altered == 0),
    ]


def _read_models(database: str, clean: str) -> Sequence[tuple[str, bool]]:
    burnt, fresh = books.digests(database), books.digests(clean)
    return [
        (f"read model {one.name} is that of an undisturbed fold, {one.digest.rows} rows", one == other)
        for one, other in zip(burnt.models, fresh.models, strict=True)
    ]
