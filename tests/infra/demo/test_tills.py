"""The demo's tills and its subscriber."""

import time
import urllib.error
import urllib.request
from datetime import UTC, datetime

import msgspec
import pytest

from event_store.sales import read_sale
from event_store.webhooks import make_secret, read_secret, signed_headers
from infra.demo.questions import Conversion, Sales, Summary, Traffic
from infra.demo.receiver import Receiver
from infra.demo.story import read_story
from infra.demo.tills import sales_lines, sales_of, webhook_line
from projections.webhooks.messages import new_challenge

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
STORY = read_story()
BOUGHT = len(STORY.truth.bought_s)


def summary(sales: int | None, rate: float | None) -> Summary:
    traffic = Traffic(entered=10, left=10, busiest_minute=None)
    return Summary(traffic=traffic, zones=[], sales=Sales(sales=sales), conversion=Conversion(rate=rate))


def test_everybody_who_was_done_at_the_till_bought_once() -> None:
    sales = [read_sale(each) for each in sales_of(STORY, NINE)]

    assert BOUGHT > 1
    assert len({each.fact_id for each in sales}) == BOUGHT
    passed = [(each.recorded.time - NINE).total_seconds() for each in sales]
    assert passed == sorted(round(at_s, 3) for at_s in STORY.truth.bought_s)


@pytest.mark.parametrize(
    ("sales", "rate", "wrong"),
    [
        (BOUGHT, BOUGHT / STORY.truth.entered, []),
        (BOUGHT, BOUGHT / (STORY.truth.entered + 1), []),
        (BOUGHT + 1, BOUGHT / STORY.truth.entered, ["sales, one sent twice"]),
        (BOUGHT, BOUGHT / (STORY.truth.entered + 4), ["conversion"]),
        (None, None, ["sales, one sent twice", "conversion"]),
    ],
)
def test_a_sale_too_many_is_wrong_and_a_person_more_is_not(
    sales: int | None, rate: float | None, wrong: list[str]
) -> None:
    assert [line.question for line in sales_lines(summary(sales, rate), STORY) if not line.is_right] == wrong


def post(receiver: Receiver, secret: str, message_id: str, body: bytes) -> tuple[int, bytes]:
    headers = signed_headers(read_secret(secret), message_id, int(time.time()), body)
    request = urllib.request.Request(receiver.address, body, headers)  # noqa: S310  # our own address
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, b""


def test_the_subscriber_counts_what_the_foreign_library_verifies_once_and_nothing_else() -> None:
    secret, challenge = make_secret(), new_challenge("sub_1")
    with Receiver() as receiver:
        receiver.trust(secret)
        answered = post(receiver, secret, challenge.message_id, challenge.body(NINE))
        taken = [post(receiver, secret, name, msgspec.json.encode({"type": "x"}))[0] for name in ("a", "b", "a")]
        refused = post(receiver, make_secret(), "c", b"{}")[0]

        assert challenge.is_answered_by(answered[1])
        assert (taken, refused, sorted(receiver.taken)) == ([204, 204, 204], 401, ["a", "b"])
        assert not webhook_line(receiver, STORY).is_right
