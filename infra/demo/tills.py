"""The demo's tills: they send what was bought late and in part twice, as real ones do."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from infra.demo.comparison import Line
from infra.demo.errors import DemoUnanswered
from infra.demo.questions import PATIENCE_S, Client, Summary
from infra.demo.receiver import Receiver
from infra.demo.story import Story

CURRENCY = "NOK"
RATE_TOLERANCE = 0.12
"""About one person of ten, who are counted with such a tolerance."""
SUBSCRIBE = """
mutation Subscribe($organisation: String!, $address: String!) {
  createWebhook(input: {organisation: $organisation, address: $address, types: ["SaleRecorded"]}) {
    secret
    userErrors { message }
  }
}
"""


class Tills:
    """Subscribes a receiver to sales and then sends them, as soon as the API is there."""

    def __init__(self, client: Client, story: Story, start: datetime, receiver: Receiver) -> None:
        self._client, self._receiver, self.story = client, receiver, story
        self._organisation = story.store.partition("/")[0]
        self.sales = sales_of(story, start)
        self._is_subscribed = self._have_sold = False

    def sell_soon(self) -> None:
        """Do what is not done yet, if the API answers; whatever it does not take yet waits."""
        with suppress(DemoUnanswered):
            if not self._have_sold and self._client.is_ready():
                self.sell()

    def sell(self) -> None:
        """Do what is not done yet; raises `DemoUnanswered`."""
        if self._have_sold or not self.sales:
            return
        if not self._is_subscribed:
            self._subscribe()
        self._send(self.sales[:-1])
        self._send([self.sales[-1], self.sales[0]])
        self._have_sold = True

    def are_ahead_of(self, summary: Summary) -> bool:
        """Tell whether something was sold that an answer does not know yet."""
        known = summary.sales.sales if summary.sales else None
        return (known or 0) < len(self.sales)

    def _subscribe(self) -> None:
        asked = {"organisation": self._organisation, "address": self._receiver.address}
        made = self._client.ask(SUBSCRIBE, asked)["createWebhook"]
        if made["secret"] is None:
            raise DemoUnanswered(self._client.address, made["userErrors"][0]["message"])
        self._receiver.trust(made["secret"])
        self._is_subscribed = True

    def _send(self, sales: Sequence[dict[str, str]]) -> None:
        """Send sales; whatever had no answer is sent again with the rest."""
        address = self._client.address.removesuffix("/graphql") + "/ingest/sales"
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._client.token()}"}
        request = urllib.request.Request(address, json.dumps(sales).encode(), headers)  # noqa: S310  # our own address
        try:
            with urllib.request.urlopen(request, timeout=10 * PATIENCE_S) as answer:  # noqa: S310
                answer.read()
        except urllib.error.HTTPError as problem:
            raise DemoUnanswered(address, problem.read().decode(errors="replace")[:500]) from problem
        except OSError as problem:
            raise DemoUnanswered(address, str(problem)) from problem


def sales_of(story: Story, start: datetime) -> list[dict[str, str]]:
    """Return what was bought by everybody who stood at a till until it was their turn."""
    return [
        {
            "store": story.store,
            "till": "1",
            "sale": str(number),
            "time": (start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds"),
            "channel": "till",
            "total": f"{29 + 13 * number}.50",
            "currency": CURRENCY,
        }
        for number, at_s in enumerate(sorted(story.truth.bought_s), start=1)
    ]


def sales_lines(summary: Summary, story: Story) -> list[Line]:
    """Put what the tills sold beside the truth; no line where nobody bought."""
    bought, entered = len(story.truth.bought_s), story.truth.entered
    if not bought:
        return []
    rate, truth = summary.conversion.rate if summary.conversion else None, bought / entered
    converted = Line(
        question="conversion",
        answer="none" if rate is None else f"{rate:.2f}",
        truth=f"{truth:.2f}",
        tolerance=f"± {RATE_TOLERANCE:.2f}",
        is_right=rate is not None and abs(rate - truth) <= RATE_TOLERANCE,
    )
    return [_exact("sales, one sent twice", summary.sales.sales if summary.sales else None, bought), converted]


def webhook_line(receiver: Receiver, story: Story) -> Line:
    """Put what a subscriber was told of sales beside the truth."""
    return _exact("sales told by webhook", len(receiver.taken), len(story.truth.bought_s))


def _exact(question: str, answer: int | None, truth: int) -> Line:
    return Line(
        question=question,
        answer="none" if answer is None else str(answer),
        truth=str(truth),
        tolerance="± 0",
        is_right=answer == truth,
    )
