"""`python -m infra.accuracy`: run every accuracy check and write docs/accuracy.md."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.accuracy.checks import Section, closing_line
from infra.accuracy.clips import real_films
from infra.accuracy.filmed import filmed_scenarios
from infra.accuracy.models import gather
from infra.accuracy.queues import waits_in_line
from infra.accuracy.report import report
from infra.accuracy.shelves import filmed_shelves
from infra.accuracy.stories import simulated_stories
from infra.accuracy.trackers import trackers_compared
from infra.accuracy.visits import visits_of_stores

ROOT = Path(__file__).parents[2]
FILMS = ROOT.parent / "shared" / "data"
REPORT = ROOT / "docs" / "accuracy.md"


def main() -> int:
    """Run every check, say what failed, and end with `N passed, N failed, N skipped`."""
    with tempfile.TemporaryDirectory() as place:
        models = gather(FILMS / "models", Path(place) / "models")
        parts: list[Callable[[], Section]] = [
            lambda: real_films(FILMS, models, _tell),
            lambda: filmed_scenarios(models, Path(place), _tell),
            lambda: filmed_shelves(models, Path(place), _tell),
            simulated_stories,
            lambda: visits_of_stores(_tell),
            waits_in_line,
            trackers_compared,
        ]
        sections = [_run(part) for part in parts]
    REPORT.write_text(report(sections), encoding="utf-8")
    closing = closing_line(sections)
    _tell(closing)
    return 0 if ", 0 failed" in closing else 1


def _run(part: Callable[[], Section]) -> Section:
    section = part()
    for check in section.checks:
        if check.passed is not True:
            word = "skipped" if check.passed is None else "failed"
            asked = f"{check.what} ({check.by})" if check.by else check.what
            _tell(f"{word}: {asked}: {check.measured} (truth {check.truth} {check.tolerance})")
    _tell(f"{section.title}: {closing_line([section])}")
    return section


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
