"""`shopfloor report`: what happened in a store, in sentences that each say what they rest on."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql_api.reports.fact_sheet import Fact
    from graphql_api.reports.report import Report


def report(
    store: Annotated[str, typer.Option("--store", metavar="ORG/STORE", help="The store.")],
    day: Annotated[str | None, typer.Option("--day", help="2026-01-05; today if no period is given.")] = None,
    week: Annotated[str | None, typer.Option("--week", help="2026-W02, from Monday.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="2026-01.")] = None,
    language: Annotated[str, typer.Option("--language", help="en or ja.")] = "en",
    by_rules: Annotated[bool, typer.Option("--by-rules", help="Without the language model.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
    ] = None,
) -> None:
    """Write what happened in a store in a day, week or month of its own time zone.

    `shopfloor report --store acme/ginza-3 --day 2026-01-05`

    A language model writes; every number, name and claim is checked against the read models, and what was refused is
    written by rules. What no camera watched is said to be unknown.
    """
    import asyncio

    from infra import settings
    from infra.cli.stores import parse_store
    from infra.reporting import Question, report_on
    from projections.scope import StoreKey

    given = {name: text for name, text in {"day": day, "week": week, "month": month}.items() if text is not None}
    if len(given) > 1:
        raise typer.BadParameter("give one of --day, --week and --month")
    named = StoreKey(*parse_store(store) or ())
    question = Question(store=named, period=given, language=language, by_model=not by_rules)
    written = asyncio.run(report_on(settings.load().with_addresses(None, database), question))
    sys.stdout.writelines(f"{line}\n" for line in ([_json(written)] if as_json else _lines(written)))


def _json(written: "Report") -> str:
    import msgspec

    return msgspec.json.encode({"text": written.text, **msgspec.structs.asdict(written)}).decode()


def _lines(written: "Report") -> "Iterator[str]":
    yield f"{written.store}, {written.period}, by {written.writer}"
    yield from written.marks
    yield ""
    yield written.text
    for number, said in enumerate(written.sentences, start=1):
        yield ""
        yield f"[{number}] {said.text}"
        yield from (f"    {_cited(fact)}" for fact in said.facts)


def _cited(fact: "Fact") -> str:
    value = "not known" if fact.value is None else f"{fact.value} {fact.unit}"
    watched = "" if fact.coverage is None else f", {100 * fact.coverage:.0f}% watched"
    events = f", events {', '.join(fact.events)}" if fact.events else ""
    return f"{fact.subject}: {fact.measure} {value}{watched}; {fact.query}{events}"
