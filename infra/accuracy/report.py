"""The report of an accuracy run, in Markdown."""

from collections.abc import Iterable, Sequence

from infra.accuracy.checks import Check, Section, closing_line

INTRODUCTION = """# Accuracy

Written by `make accuracy`; every figure was measured by that run. Checks on real films need the folder of real videos
beside the checkout and say so where it is absent. A failed check is shown, not hidden.
"""
SIGNS = {True: "yes", False: "**no**", None: "skipped"}


def report(sections: Sequence[Section]) -> str:
    """Return the whole report."""
    return "\n".join([INTRODUCTION, f"{closing_line(sections)}.\n", *map(_section, sections)])


def _section(section: Section) -> str:
    lines = [f"## {section.title}", "", section.text, ""]
    if section.checks:
        lines += _table(["check", "truth", "measured", "tolerance", "passed"], map(_cells, section.checks))
    if section.rows:
        lines += _table(section.columns, section.rows)
    return "\n".join(lines)


def _cells(check: Check) -> list[str]:
    return [check.what, check.truth, check.measured, check.tolerance, SIGNS[check.passed]]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = [_row(columns), _row(["---"] * len(columns))]
    return [*head, *map(_row, rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
