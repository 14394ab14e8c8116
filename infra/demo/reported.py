"""The written report, and its figures beside the truth."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from infra.demo.comparison import Line, dwell_line, people_line
from infra.demo.questions import Client
from infra.demo.story import Story, Truth

PATIENCE_S = 60.0
"""The first report of a process loads the language model."""
QUERY = """
query Report($store: ID!, $day: Date!) {
  report(store: $store, period: {day: $day}) {
    text
    writer
    sentences { text query facts { subject measure value } }
  }
}
"""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure behind a sentence."""

    subject: str
    measure: str
    value: float | str | None


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence with what it rests on."""

    text: str
    query: str
    facts: list[Figure]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as GraphQL answers it."""

    text: str
    writer: str
    sentences: list[Sentence]


def ask_report(client: Client, story: Story, start: datetime) -> Report | None:
    """Ask for the report of the day on which the clips begin; raises `DemoUnanswered`."""
    day = start.astimezone(ZoneInfo(story.layout.store.time_zone)).date()
    data = client.ask(QUERY, {"store": story.store, "day": day.isoformat()}, PATIENCE_S)
    return msgspec.convert(data["report"], Report | None)


def compare_report(report: Report, truth: Truth) -> list[Line]:
    """Put each figure of the report that the truth knows beside it, once."""
    figures = {(each.subject, each.measure): each for sentence in report.sentences for each in sentence.facts}
    return [line for figure in figures.values() for line in _line(figure, truth)]


def _line(figure: Figure, truth: Truth) -> Iterator[Line]:
    kind, _, name = figure.subject.partition("/")
    zone = truth.zones.get(name)
    value = figure.value if isinstance(figure.value, int | float) else None
    count = None if value is None else int(value)
    match figure.measure:
        case "entered":
            yield people_line("report: entered", count, truth.entered)
        case "left":
            yield people_line("report: left", count, truth.left)
        case "visitors" if kind == "zone" and zone is not None:
            yield people_line(f"report: {name} visitors", count, zone.visitors)
        case "median stay" if zone is not None:
            yield dwell_line(f"report: {name} median dwell", value, zone.median_dwell_s)
