"""Written reports: what happened in a store, in sentences that each say what they rest on."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from event_store.partitions import partition_of
from graphql_api.context import Asked
from graphql_api.errors import Unavailable, UnusableArgument
from graphql_api.fields import field
from graphql_api.ids import store_key
from graphql_api.reports import report as reports
from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.errors import FuturePeriod, UnusableWriter
from graphql_api.reports.fact_sheet import Fact
from graphql_api.rules import needs
from graphql_api.scalars import Json
from graphql_api.store_scope import find_scope
from graphql_api.tokens import Permission


@strawberry.enum(description="What a report is written in.")
class ReportLanguage(Enum):
    """What a report is written in."""

    EN = strawberry.enum_value("en", description="English.")
    JA = strawberry.enum_value("ja", description="Japanese.")


@strawberry.input(one_of=True, description="A day, week or month of the store's own time zone.")
class ReportPeriodInput:
    """A day, week or month."""

    day: date | None = strawberry.field(default=strawberry.UNSET, description="This day.")
    week: date | None = strawberry.field(default=strawberry.UNSET, description="The week of this day, from Monday.")
    month: date | None = strawberry.field(default=strawberry.UNSET, description="The month of this day.")


@strawberry.type(description="One figure behind a sentence.", directives=needs(Permission.READ))
class ReportFact:
    """One figure behind a sentence."""

    subject: str = strawberry.field(description="What it is about, such as `zone/dairy`.")
    measure: str = strawberry.field(description="What was counted or measured.")
    value: Json | None = strawberry.field(description="The figure; null where it is not known.")
    unit: str = strawberry.field(description="What it is counted in.")
    watched: float | None = strawberry.field(
        description="Share of the time that the cameras behind it watched, 0 to 1; null where there is none."
    )
    query: str = strawberry.field(description="The question that it answers, as the read models were asked.")
    events: list[strawberry.ID] = strawberry.field(
        description="Ids of recorded facts behind it, the first ones; at most 5."
    )

    @classmethod
    def of(cls, fact: Fact) -> Self:
        """Shape the answer."""
        return cls(
            subject=fact.subject,
            measure=fact.measure,
            value=None if fact.value is None else Json(fact.value),
            unit=fact.unit,
            watched=fact.coverage,
            query=fact.query,
            events=[strawberry.ID(event) for event in fact.events],
        )


@strawberry.enum(description="Who wrote a sentence. All were checked.")
class ReportWriter(Enum):
    """Who wrote a sentence."""

    MODEL = strawberry.enum_value("model", description="The language model.")
    RULES = strawberry.enum_value("rules", description="Rules: the model was refused.")


@strawberry.type(description="A sentence of a report, with what it rests on.", directives=needs(Permission.READ))
class ReportSentence:
    """A sentence of a report."""

    text: str = strawberry.field(description="The sentence.")
    facts: list[ReportFact] = strawberry.field(description="The figures behind it; none is in it that is not here.")
    query: str = strawberry.field(description="The questions behind it.")
    written_by: ReportWriter = strawberry.field(description="Who wrote it.")

    @classmethod
    def of(cls, said: reports.Said) -> Self:
        """Shape the answer."""
        return cls(
            text=said.text,
            facts=[ReportFact.of(fact) for fact in said.facts],
            query=said.query,
            written_by=ReportWriter(said.written_by),
        )


@strawberry.type(
    description="What happened in a store in a day, week or month, in sentences. Every number, name and claim in it "
    "was checked against the read models.",
    directives=needs(Permission.READ),
)
class Report:
    """What happened in a store."""

    period: str = strawberry.field(description="Such as 2026-01-05, 2026-W02 or 2026-01.")
    text: str = strawberry.field(description="All sentences.")
    sentences: list[ReportSentence] = strawberry.field(description="The same one by one; at most 50.")
    known_until: datetime = strawberry.field(description="Where the period ends, or up to when it is known by now.")
    is_over: bool = strawberry.field(description="Whether the period is over.")
    writer: str = strawberry.field(description="The language model, with the beginning of its digest.")
    by_rules: int = strawberry.field(description="Sentences that rules wrote because the model was refused.")

    @classmethod
    def of(cls, report: reports.Report) -> Self:
        """Shape the answer."""
        return cls(
            period=report.period,
            text=report.text,
            sentences=[ReportSentence.of(said) for said in report.sentences],
            known_until=report.known_until,
            is_over=report.is_over,
            writer=report.writer,
            by_rules=report.by_rules,
        )


ReportStore = Annotated[strawberry.ID, strawberry.argument(description="`organisation/store`.")]
Language = Annotated[ReportLanguage, strawberry.argument(description="What it is written in.")]
ReportPeriod = Annotated[ReportPeriodInput, strawberry.argument(description="What it is about.")]


@strawberry.type(description="Reports.")
class ReportsQuery:
    """Reports."""

    @field("A report about a store, written now; null where the token sees no such store.", Permission.READ)
    async def report(
        self, info: Asked, store: ReportStore, period: ReportPeriod, language: Language = ReportLanguage.EN
    ) -> Report | None:
        """Write a report."""
        scope, services = await find_scope(info, store_key(store)), info.context.services
        if scope is None:
            return None
        place = reports.Place(services.topic, partition_of(str(store), services.partitions))
        wanted = reports.Wanted(dates=_dates(period), language=str(language.value))
        try:
            return Report.of(await reports.make_report(info.context.ask, scope.store, place, wanted, scope.now))
        except FuturePeriod as problem:
            raise UnusableArgument(str(problem)) from problem
        except UnusableWriter as problem:
            raise Unavailable("the writer of reports") from problem


def _dates(period: ReportPeriodInput) -> Dates:
    for length, day in ((Length.DAY, period.day), (Length.WEEK, period.week), (Length.MONTH, period.month)):
        if isinstance(day, date):
            return Dates.of(length, day)
    raise UnusableArgument("give a day, a week or a month")
