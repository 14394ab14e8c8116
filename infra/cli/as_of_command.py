"""`shopfloor as-of`: a question about read models as they stood."""

import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, JsonObject
from infra.cli.times import parse_time
from infra.terminal import one_line

if TYPE_CHECKING:
    from event_store.envelope import Position
    from projections.rebuilding.as_of import Answer

_POSITION = re.compile(r"(?P<topic>[^/]+)/(?P<partition>\d{1,9})/(?P<offset>\d{1,18})")


def as_of(
    moment: Annotated[
        str, typer.Argument(metavar="TIME", help="RFC 3339, or a position such as shopfloor.events/3/14.")
    ],
    query: Annotated[list[str], typer.Argument(help="A SELECT over read models by their names, behind `--`.")],
    as_json: JsonObject = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="At most so many rows.")] = 1_000,
    timeout: Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds that the query may run.")] = 30.0,
    database: Database = None,
) -> None:
    """Fold the record up to a time, exclusive, or a position, inclusive, and answer a query from what comes of it.

    `shopfloor as-of 2026-11-21T09:00:00Z -- "SELECT store, count(*) FROM visits GROUP BY 1"`

    The answer names what it rests on: size and root of each partition, which the verifier finds in an export to the
    same time.
    """
    import asyncio

    import migrations
    from event_store.sealing.extents import find_extents
    from infra import settings
    from infra.cli.auditing import snapshot
    from infra.cli.records_bar import records_bar
    from projections.catalogue import READ_MODELS
    from projections.rebuilding.as_of import Question, ask_as_of

    at = _moment(moment)
    where = settings.load().with_addresses(None, database)
    url = where.database_url()
    migrations.check(url)
    with snapshot(url) as connection:
        extents = find_extents(connection, where.topics.events, at)
    question = Question(query=" ".join(query), most_rows=limit, timeout_s=timeout)
    with records_bar("folding", None) as bar:
        answer = asyncio.run(ask_as_of(url, READ_MODELS, extents, question, bar.advance))
    _write(answer, as_json=as_json)
    if answer.is_cut:
        sys.stderr.write(f"only the first {limit} rows are shown; --limit shows more\n")


def _moment(text: str) -> "datetime | Position":
    from event_store.envelope import Position

    if match := _POSITION.fullmatch(text):
        return Position(topic=match["topic"], partition=int(match["partition"]), offset=int(match["offset"]))
    return parse_time(text)


def _write(answer: "Answer", *, as_json: bool) -> None:
    from base64 import b64encode

    import msgspec

    if as_json:
        sys.stdout.write(f"{msgspec.json.encode(answer).decode()}\n")
        return
    sys.stdout.write(_table([bytes(row) for row in answer.rows]))
    for model in answer.models:
        sys.stdout.write(f"\n{model.name} v{model.version}: {model.digest.rows} rows, sha256 {model.digest.sha256}")
    sys.stdout.write("\n")
    for each in answer.record:
        root = b64encode(each.root).decode()
        sys.stdout.write(f"{each.topic}/{each.partition}: {each.size} records, root {root}\n")


def _table(rows: list[bytes]) -> str:
    import json

    read = [json.loads(row, object_pairs_hook=list) for row in rows]
    if not read:
        return "no rows\n"
    lines = [[one_line(name) for name, _ in read[0]], *([_text(value) for _, value in row] for row in read)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _text(value: object) -> str:
    import json

    text = value if isinstance(value, str) else "" if value is None else json.dumps(_plain(value), ensure_ascii=False)
    return one_line(text)


def _plain(value: object) -> object:
    """Return JSON whose objects came as lists of pairs."""
    if isinstance(value, list):
        is_object = bool(value) and all(isinstance(each, tuple) for each in value)
        return {name: _plain(each) for name, each in value} if is_object else [_plain(each) for each in value]
    return value
