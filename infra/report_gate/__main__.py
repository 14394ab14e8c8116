"""`python -m infra.report_gate SEED`: are reports faithful?"""

import sys
import time

from rich.console import Console
from rich.progress import track
from rich.table import Table

from graphql_api.reports.report import loaded
from graphql_api.reports.sheets import LANGUAGES
from infra.report_gate.edges import EDGES
from infra.report_gate.gate import MUTATED, Outcome, run

UNSEEN = 1_000


def main(seed: int, count: int) -> int:
    """Run the gate in every language; return the exit status."""
    console = Console(width=120)
    passed = failed = 0
    for language in LANGUAGES:
        model = loaded(language)
        bar = iter(track(range(count + len(EDGES)), description=f"writing in {language}", console=console))
        began, tokens = time.perf_counter(), model.proposed_tokens
        outcome = run(model, language, seed, count, lambda bar=bar: next(bar, None))  # type: ignore[misc]
        speed = (model.proposed_tokens - tokens) / sum(outcome.seconds)
        _show(console, outcome, speed, time.perf_counter() - began)
        checks = [not outcome.lax, outcome.refused_right == 0]
        failed += len(outcome.failed) + checks.count(False)
        passed += outcome.reports - len(outcome.failed) + checks.count(True)
    console.print(f"{passed} passed, {failed} failed, 0 skipped", highlight=False)
    return 1 if failed else 0


def _show(console: Console, outcome: Outcome, tokens_per_second: float, seconds: float) -> None:
    table = Table("reports", "sentences", "numbers", "names", "claims", "missing", "by rules", "p50", "p95", "tokens/s")
    right = [f"{100 * (1 - _share(outcome, kind)):.2f}%" for kind in ("number", "name", "claim", "missing")]
    table.add_row(
        str(outcome.reports), str(outcome.sentences), *right, str(outcome.by_rules),
        f"{outcome.second(0.5):.2f} s", f"{outcome.second(0.95):.2f} s", f"{tokens_per_second:.0f}",
    )  # fmt: skip
    console.print(table)
    mutated = Table(f"mutation (at least {MUTATED:.0%} refused)", "tried", "missed", "refused")
    for kind, trial in outcome.trials.items():
        mutated.add_row(kind, str(trial.tried), str(trial.missed), f"{trial.caught:.2%}")
    console.print(mutated)
    console.print(f"{outcome.refused_right} right sentences refused, {seconds:.0f} s", highlight=False)
    for name, wrong in list(outcome.failed.items())[:10]:
        console.print(f"{name}: {wrong[0].kind}: {wrong[0].why}: {wrong[0].sentence}", highlight=False, markup=False)
    for kind in outcome.lax:
        console.print(f"{kind}: {outcome.examples[kind]}", highlight=False, markup=False)


def _share(outcome: Outcome, kind: str) -> float:
    return sum(any(each.kind == kind for each in wrong) for wrong in outcome.failed.values()) / outcome.reports


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(int(words[0]) if words else 1, int(words[1]) if len(words) > 1 else UNSEEN))
