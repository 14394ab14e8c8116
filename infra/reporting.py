"""Reports for the command line: straight from the read models, without a running API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

import migrations
from event_store.partitions import partition_of
from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.errors import UnknownStore
from graphql_api.reports.report import Place, Report, Wanted, make_report
from graphql_api.snapshots import Database, Snapshot
from graphql_api.tokens import ADMINISTRATOR
from infra.settings import Settings
from projections.read_models.stores import find_store
from projections.scope import StoreKey


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is asked for by, as it was typed."""

    store: StoreKey
    period: Mapping[str, str]
    """`day`, `week` or `month` with its text; today where there is none."""
    language: str
    by_model: bool


async def report_on(where: Settings, question: Question) -> Report:
    """Write a report; raises `ReportError`."""
    url, name = where.database_url(), f"{question.store.organisation}/{question.store.store}"
    migrations.check(url)
    database = Database(url)
    snapshot = Snapshot(database, ADMINISTRATOR)
    try:
        found = await snapshot.ask(find_store, question.store)
        if found is None:
            raise UnknownStore(name)
        now = datetime.now(UTC)
        dates = _dates(question.period, found.time_zone, now)
        wanted = Wanted(dates=dates, language=question.language, by_model=question.by_model)
        return await make_report(snapshot.ask, found, Place(where.topics.events, partition_of(name)), wanted, now)
    finally:
        await snapshot.close()
        await database.close()


def _dates(period: Mapping[str, str], time_zone: str, now: datetime) -> Dates:
    for length, text in period.items():
        return Dates.read(Length(length), text)
    return Dates.of(Length.DAY, now.astimezone(ZoneInfo(time_zone)).date())
