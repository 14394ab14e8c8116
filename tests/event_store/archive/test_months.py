from datetime import UTC, datetime

import pytest

from event_store.archive.months import Retention

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("retention", "gone"),
    [
        (Retention(before=datetime(2026, 10, 1, tzinfo=UTC)), ["2025-12", "2026-09"]),
        (Retention(before=datetime(2026, 9, 30, 23, 59, tzinfo=UTC)), ["2025-12"]),
        (Retention(before=datetime(2030, 1, 1, tzinfo=UTC)), ["2025-12", "2026-09", "2026-10"]),
        (Retention(keep_months=1), ["2025-12", "2026-09", "2026-10"]),
        (Retention(keep_months=2), ["2025-12", "2026-09"]),
        (Retention(keep_months=12), []),
        (Retention(keep_months=11), ["2025-12"]),
        (Retention(before=datetime(2026, 10, 1, tzinfo=UTC), keep_months=11), ["2025-12"]),
    ],
)
def test_old_months_go_and_the_current_one_never(retention: Retention, gone: list[str]) -> None:
    months = [(2025, 12), (2026, 9), (2026, 10), (2026, 11), (2026, 12)]

    assert [f"{year}-{month:02d}" for year, month in months if retention.lets_go(year, month, NOW)] == gone
