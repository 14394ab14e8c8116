"""One fire at the edge, from the first fact to the verdict."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from infra.fire import books
from infra.fire.edge.ground import BRIDGES, PROJECTOR, RUNNING, EdgeGround
from infra.fire.edge.walk import Walk
from infra.fire.ground import TELLERS
from infra.fire.teller import spool_path
from infra.fire.verdict import Verdict, judge
from vision_workers.edge.quarantine import quarantine_path, quarantined

FINISHES = 5
"""How often a worker may end before it has sent everything: on a busy machine it is asked before it listens."""
LAST_WORDS = 1_500
"""So many characters of each process's log are shown after a failure."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was done and what came of it."""

    seed: int
    done: Mapping[str, int]
    kills: int
    verdict: Verdict
    dispositions: Mapping[str, int]
    """How many records became what in the ledger; a duplicate is what Kafka has twice, and the ledger applied once."""
    checks: Sequence[tuple[str, bool]]
    surprises: Sequence[str]
    logs: str

    @property
    def is_clean(self) -> bool:
        """Whether every check passed."""
        return all(passed for _, passed in self.checks)

    def report(self) -> str:
        """Return what was done, and as the last line how many checks passed."""
        verdict = self.verdict
        passed = sum(passed for _, passed in self.checks)
        lines = [
            *(f"{count:5}  {what}" for what, count in sorted(self.done.items())),
            *(f"{count:5}  records {what} in the ledger" for what, count in sorted(self.dispositions.items())),
            *self.surprises,
            *(f"{'passed' if passed else 'FAILED'}  {what}" for what, passed in self.checks),
            f"{verdict.facts} facts applied, {verdict.altered} altered",
            f"kills {self.kills}, lost {verdict.lost}, doubled {verdict.doubled}, out of order {verdict.out_of_order}",
            f"{passed} passed, {len(self.checks) - passed} failed, 0 skipped",
        ]
        return "".join(f"{line}\n" for line in lines)

    def row(self) -> str:
        """Return the seed's row of the kill table."""
        verdict, done = self.verdict, self.done.get
        killed = [done(f"kill -9 of {what}", 0) for what in ("a worker's spool and sink", "one of two bridges")]
        killed += [done(f"kill -9 of {what}", 0) for what in ("Redis", "Kafka")]
        found = (
            verdict.facts,
            self.dispositions.get("duplicate", 0),
            verdict.lost,
            verdict.doubled,
            verdict.out_of_order,
        )
        lost = done("bytes of its log that Redis lost", 0)
        return "| " + " | ".join(f"{number:,}" for number in (self.seed, *killed, lost, *found)) + " |"


HEAD = (
    "| seed | worker | bridge | Redis | Kafka | bytes of log lost | facts | came twice | lost | doubled | disorder |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def burn(folder: Path, seed: int, rounds: int, *, only_kills: bool, say: Callable[[str], None]) -> Outcome:
    """Tell stories while things die, let everything settle, and compare the books."""
    with EdgeGround(folder, seed) as ground:
        kafka, database = ground.services.kafka, ground.services.database
        ground.make_whole()
        told = books.wait_until_told(database, sum(map(len, TELLERS.values())), ground.make_whole)
        say("facts of every store arrive" if told else "no facts arrive")
        walk = Walk(ground, seed, say)
        walk.run(rounds, only_kills=only_kills)
        say("everything is whole again")
        left = _finish(ground, folder)
        settled = books.wait_until_taken(kafka, database, lambda: None)
        say("everything is taken" if settled else "not everything was taken")
        ground.stop((*BRIDGES, PROJECTOR))
        verdict = judge(books.applied(database), books.told(folder, TELLERS, seed))
        checks = [
            ("the projector took everything that Kafka has", settled),
            ("no process ended but by our doing, or otherwise than asked", not ground.surprises),
            ("every spool is empty", left == 0),
            ("facts of every store were told", told and verdict.facts > 0),
            ("0 lost, 0 doubled, 0 altered, 0 out of order", verdict.is_clean),
            ("nothing was put into quarantine", quarantined(quarantine_path(folder)) == 0),
        ]
        return Outcome(
            seed=seed,
            done=walk.done,
            kills=walk.kills,
            verdict=verdict,
            dispositions=books.dispositions(database),
            checks=checks,
            surprises=ground.surprises,
            logs="".join(f"--- {name}\n{_last_words(folder, name)}\n" for name in RUNNING),
        )


def _finish(ground: EdgeGround, folder: Path) -> int:
    """Let the workers send what waits; one that ended before it listened is started again. Return what still waits."""
    for _ in range(FINISHES):
        ground.let_finish(tuple(TELLERS))
        if not (left := sum(_count_waiting(spool_path(folder, name)) for name in TELLERS)):
            break
        ground.start_missing(tuple(TELLERS))
    return left


def _count_waiting(spool: Path) -> int:
    with closing(sqlite3.connect(spool)) as file:
        return int(file.execute("SELECT count(*) FROM waiting").fetchone()[0])


def _last_words(folder: Path, name: str) -> str:
    log = folder / f"{name}.log"
    return log.read_text()[-LAST_WORDS:] if log.exists() else ""
