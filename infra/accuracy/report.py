"""The report of an accuracy run, in Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from infra.accuracy.causes import cause
from infra.accuracy.checks import Check, Section, closing_line

INTRODUCTION = """# Accuracy

Written by `make accuracy`; every figure was measured by that run. Checks with the published models and on real films
need the folder of real data beside the checkout and say so where it is absent. A failed check is shown in bold, not
hidden, and what is known of its cause stands below its table.
"""
SIGNS = {True: "yes", False: "**no**", None: "skipped"}
QUESTION = ["check", "truth", "tolerance"]


def report(sections: Sequence[Section]) -> str:
    """Return the whole report."""
    return "\n".join([INTRODUCTION, f"{closing_line(sections)}.\n", *map(_section, sections)])


def _section(section: Section) -> str:
    lines = [
        f"## {section.title}",
        "",
        f"{closing_line([section])}.\n\n{section.text}" if section.checks else section.text,
        "",
    ]
    single = [check for check in section.checks if not check.by]
    several = [check for check in section.checks if check.by]
    if several:
        lines += _side_by_side(several)
    if single:
        lines += _table([*QUESTION, "measured", "passed"], map(_cells, single))
    if section.rows:
        lines += _table(section.columns, section.rows)
    return "\n".join([*lines, *_causes(section.checks)])


def _side_by_side(checks: Sequence[Check]) -> list[str]:
    """Put the answers of several to one question into one row."""
    contenders = list(dict.fromkeys(check.by for check in checks))
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for check in checks:
        told = check.measured if check.passed else f"**{check.measured}**"
        rows.setdefault((check.what, check.truth, check.tolerance), {})[check.by] = told
    cells = [[*question, *(told.get(each, "") for each in contenders)] for question, told in rows.items()]
    return _table([*QUESTION, *contenders], cells)


def _causes(checks: Iterable[Check]) -> Iterator[str]:
    failed: dict[str, list[str]] = {}
    for check in checks:
        if check.passed is False:
            failed.setdefault(cause(check), []).append(f"{check.what} ({check.by})" if check.by else check.what)
    for why, checked in failed.items():
        yield f"- {'; '.join(checked)}: {why}"
    if failed:
        yield ""


def _cells(check: Check) -> list[str]:
    return [check.what, check.truth, check.tolerance, check.measured, SIGNS[check.passed]]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    head = [_row(columns), _row(["---"] * len(columns))]
    return [*head, *map(_row, rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
