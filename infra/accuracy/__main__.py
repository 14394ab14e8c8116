"""`python -m infra.accuracy`: run every accuracy check and write docs/accuracy.md."""

import sys
from collections.abc import Callable
from pathlib import Path

from infra.accuracy.checks import Section, closing_line
from infra.accuracy.clips import real_films
from infra.accuracy.report import report
from infra.accuracy.stories import simulated_stories
from infra.accuracy.trackers import trackers_compared

ROOT = Path(__file__).parents[2]
FILMS = ROOT.parent / "shared" / "data"
REPORT = ROOT / "docs" / "accuracy.md"


def main() -> int:
    """Run every check, say what failed, and end with `N passed, N failed, N skipped`."""
    parts: list[Callable[[], Section]] = [lambda: real_films(FILMS), simulated_stories, trackers_compared]
    sections: list[Section] = []
    for part in parts:
        section = part()
        sections.append(section)
        for check in section.checks:
            if check.passed is not True:
                word = "skipped" if check.passed is None else "failed"
                sys.stdout.write(f"{word}: {check.what}: {check.measured} (truth {check.truth} {check.tolerance})\n")
        sys.stdout.write(f"{section.title}: {closing_line([section])}\n")
    REPORT.write_text(report(sections), encoding="utf-8")
    closing = closing_line(sections)
    sys.stdout.write(f"{closing}\n")
    return 0 if ", 0 failed" in closing else 1


if __name__ == "__main__":
    sys.exit(main())
