"""The table of Standard Webhooks, row by row."""

from datetime import UTC, datetime, timedelta

import pytest

from projections.webhooks.outcomes import (
    BREAKS_AFTER,
    JITTER,
    LONGEST_REST,
    LONGEST_WISH,
    PAUSES,
    kind_of,
    wait_after,
    wished,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_means_taken(status: int) -> None:
    assert kind_of(status) == "delivered"


@pytest.mark.parametrize("status", [None, 100, 301, 302, 307, 308, 400, 401, 404, 409, 418, 422, 500, 501, 505])
def test_everything_else_fails_and_redirects_are_no_exception(status: int | None) -> None:
    assert kind_of(status) == "failed"


@pytest.mark.parametrize(("status", "kind"), [(410, "gone"), *((each, "slow_down") for each in (429, 502, 503, 504))])
def test_gone_ends_it_and_an_overloaded_receiver_is_left_alone(status: int, kind: str) -> None:
    assert kind_of(status) == kind


def test_a_delivery_is_tried_ten_times_in_about_three_days() -> None:
    waits = [wait_after("failed", attempts, 1, None).delivery for attempts in range(1, 11)]

    assert waits[-1] is None
    total = sum((wait for wait in waits if wait is not None), timedelta())
    assert timedelta(days=2) < total < timedelta(days=4)
    assert len(waits) == len(PAUSES) + 1
    for wait, pause in zip(waits, PAUSES, strict=False):
        assert wait is not None
        assert (1 - JITTER) * pause <= wait <= (1 + JITTER) * pause


def test_waits_are_not_all_the_same() -> None:
    assert len({wait_after("failed", 3, 1, None).delivery for _ in range(20)}) > 1


def test_an_endpoint_that_fails_again_and_again_is_given_longer_and_longer_rests() -> None:
    rests = [wait_after("failed", 1, failures, None).endpoint for failures in range(1, 40)]

    assert rests[: BREAKS_AFTER - 1] == [timedelta()] * (BREAKS_AFTER - 1)
    assert rests[BREAKS_AFTER - 1] > timedelta()
    assert rests[BREAKS_AFTER + 2] > rests[BREAKS_AFTER - 1]
    assert max(rests) <= LONGEST_REST * (1 + JITTER)


def test_an_endpoint_is_left_alone_as_long_as_it_wishes_but_not_for_ever() -> None:
    assert wait_after("slow_down", 1, 1, timedelta(seconds=90)).endpoint == timedelta(seconds=90)
    assert wait_after("slow_down", 1, 1, timedelta(seconds=1)).endpoint == timedelta(seconds=1)
    assert wait_after("slow_down", 1, 1, timedelta(days=400)).endpoint == LONGEST_WISH
    assert wait_after("failed", 10, 1, timedelta(seconds=1)).delivery is None
    slow = wait_after("slow_down", 10, 1, timedelta(seconds=1))
    assert slow.delivery == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta()),
        ("Mon, 02 Mar 2026 12:01:00 GMT", timedelta(seconds=60)),
        ("Mon, 02 Mar 2026 11:01:00 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wish_is_seconds_or_a_date_or_nothing(text: str | None, wish: timedelta | None) -> None:
    assert wished(text, NOW) == wish
