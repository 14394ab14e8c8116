"""Which months of the ledger are old enough to be archived."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import Connection

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'record' AND tablename LIKE 'ledger%' ORDER BY tablename"
_NAME = re.compile(r"ledger_(\d{4})_(\d{2})")


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps: months that end after `before`, and the newest ones; where both are told, either's."""

    before: datetime | None = None
    keep_months: int | None = None
    """The current month is the first of them."""

    def lets_go(self, year: int, month: int, now: datetime) -> bool:
        """Tell whether a month may leave the ledger."""
        age = (now.year - year) * 12 + now.month - month
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        is_old = self.before is None or end <= self.before
        return age > 0 and is_old and (self.keep_months is None or age >= self.keep_months)


def find_months(connection: Connection[Any]) -> list[str]:
    """Return the months that the ledger has, such as `2026-03`, oldest first."""
    names = [_NAME.fullmatch(name) for (name,) in connection.execute(_TABLES).fetchall()]
    return [f"{found[1]}-{found[2]}" for found in names if found is not None]


def old_months(connection: Connection[Any], retention: Retention, now: datetime) -> list[str]:
    """Return the months that may leave the ledger, oldest first."""
    months = find_months(connection)
    return [each for each in months if retention.lets_go(int(each[:4]), int(each[5:]), now.astimezone(UTC))]
