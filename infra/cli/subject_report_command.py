"""`shopfloor subject-report`: everything that is held about one subject."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, JsonObject, Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.privacy.report import SubjectReport


def subject_report(
    subject: Annotated[str, typer.Argument(help="visit/ID, profile/ID or payment/ID.")],
    as_json: JsonObject = False,
    organisation: Organisation = None,
    database: Database = None,
) -> None:
    """Print every fact, row, consent and picture about a subject, with what was encrypted for it in the clear.

    `shopfloor subject-report visit/5f0c3c1e-8a55-8d0e-9a4f-0d8f6b1c2a3b`

    Of a forgotten subject it says what remains, and why. Whoever runs it needs the keeper's role and the master key.
    """
    import asyncio

    import msgspec

    from infra import settings
    from infra.cli.records_bar import records_bar
    from infra.privacy.desk import open_desk
    from infra.privacy.report import report_on

    where = settings.load().with_addresses(None, database)

    async def run() -> "SubjectReport":
        async with open_desk(where) as desk:
            with records_bar("searching", None) as bar:
                known = await desk.find(subject, organisation, bar.advance)
                if known.unread:
                    raise known.unread[0]
                return await report_on(desk, known, where.topics.events, bar.advance)

    report = asyncio.run(run())
    if as_json:
        sys.stdout.write(f"{msgspec.json.encode(report).decode()}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: "SubjectReport") -> "Iterator[str]":
    import msgspec

    yield f"{report.subject} of {report.organisation}, known in {', '.join(report.stores)}"
    if report.forgotten is not None:
        stone = report.forgotten
        yield f"forgotten at {stone.forgotten_at:%Y-%m-%dT%H:%M:%SZ} ({stone.ground})"
    yield f"key: {'there' if report.has_key else 'none'}"
    yield f"facts: {len(report.facts)}"
    for fact in report.facts:
        at = fact.position
        yield f"  {at.topic}/{at.partition}/{at.offset} {fact.recorded_at.isoformat()} {fact.type} {fact.disposition}"
        yield from (f"    {name}: {text}" for name, text in fact.personal.items())
    yield f"rows of read models: {len(report.rows)}"
    yield from (f"  {row.read_model} {msgspec.json.encode(row.row).decode()}" for row in report.rows)
    yield f"consents in force: {len(report.consents)}"
    yield from (f"  {each.purpose} in {each.store} since {each.given_at.isoformat()}" for each in report.consents)
    yield f"pictures: {len(report.pictures)}"
    yield from (f"  {path}" for path in report.pictures)
    if report.remains:
        yield "what remains, and why:"
        yield from (f"  {line}" for line in report.remains)
