"""What a rebuild tells while it goes on: its progress on stderr, differences on stdout."""

import sys
from typing import Any

import msgspec

from infra.cli.records_bar import RecordsBar
from projections.folding.projection import Projection
from projections.rebuilding.rebuild import Told
from projections.tables.builds import Build
from projections.tables.differences import Difference, Example


class Shown(Told):
    """Shows it to the person who waits."""

    def __init__(self, bar: RecordsBar) -> None:
        self._bar = bar

    def begins(self, projection: Projection[Any], build: Build, *, resumed: bool) -> None:
        """Say where it goes on with what was filled before."""
        if resumed:
            _write(f"{projection.name} v{build.version} build {build.build}: going on where it stood")

    def expects(self, records: int) -> None:
        """Let the bar know how long it is."""
        self._bar.expect(records)

    def advanced(self, records: int) -> None:
        """Let the bar grow."""
        self._bar.advance(records)

    def compared(self, projection: Projection[Any], before: Build, after: Build, difference: Difference) -> None:
        """Write the counts, and the first rows that differ."""
        counts = f"{difference.same} rows the same, {difference.changed} changed"
        edges = f"{difference.only_before} only before, {difference.only_after} only after"
        _write(f"{projection.name}: {_named(before)} and {_named(after)} at the same positions: {counts}, {edges}")
        for what, columns in (("before", difference.columns_only_before), ("after", difference.columns_only_after)):
            if columns:
                _write(f"  columns only {what}: {', '.join(columns)}")
        for example in difference.examples:
            _write(f"  {_told(example)}")


def _named(build: Build) -> str:
    return f"v{build.version} build {build.build}"


def _told(example: Example) -> str:
    key = "/".join(map(str, example.key.values()))
    if example.before is None:
        return f"only after   {key}: {_json(example.after)}"
    if example.after is None:
        return f"only before  {key}: {_json(example.before)}"
    after = example.after
    changed = [
        f"{name} {_json(value)} → {_json(after[name])}"
        for name, value in example.before.items()
        if value != after[name]
    ]
    return f"changed      {key}: {', '.join(changed)}"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
