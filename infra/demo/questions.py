"""What the demo asks, through GraphQL over HTTP as any client would."""

import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from infra.demo.errors import DemoUnanswered

PATIENCE_S = 3.0
A_DAY = timedelta(days=1)
SUMMARY = """
query Summary($store: ID!, $start: DateTime!, $end: DateTime!) {
  store(id: $store) {
    visits(range: {moments: {start: $start, end: $end}}, first: 100) { nodes { reason durationMs } }
    figures(range: {moments: {start: $start, end: $end}}) {
      traffic { entered left busiestMinute { start entered } }
      zones { zone { key name } visitors dwell { medianMs } }
      sales { sales }
      conversion { rate }
    }
  }
}
"""
PASTE = {
    "Who came last, and how long they stayed": (
        '{ store(id: "STORE") { visits(last: 5) { nodes { enteredAt exitedAt reason durationMs } } } }'
    ),
    "Which zones held people today": (
        '{ store(id: "STORE") { figures { zones { zone { name } visitors dwell { count medianMs p90Ms } } } } }'
    ),
    "Which cameras work, and how fresh the answers are": (
        '{ store(id: "STORE") { cameras { id status lastFrameAt } freshness { lagRecords } } }'
    ),
}
"""Questions to paste, each with what it asks in words."""


class BusiestMinute(msgspec.Struct, frozen=True, kw_only=True):
    """The minute in which most came in."""

    start: datetime
    entered: int


class Traffic(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who came and went; null where nobody could know."""

    entered: int | None
    left: int | None
    busiest_minute: BusiestMinute | None


class Dwell(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How long people stayed."""

    median_ms: float | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A zone."""

    key: str
    name: str


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone's answers."""

    zone: Place
    visitors: int | None
    dwell: Dwell | None


class Visit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why somebody's visit ended and how long it was; null while it goes on."""

    reason: str | None
    duration_ms: float | None = None


class Sales(msgspec.Struct, frozen=True, kw_only=True):
    """How many sales there were; null where no till spoke."""

    sales: int | None


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """Purchases for each one who came in."""

    rate: float | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo compares with the truth."""

    traffic: Traffic
    zones: list[Zone]
    visits: list[Visit] = []
    sales: Sales | None = None
    conversion: Conversion | None = None


class Client:
    """Asks one API as the bearer of a token."""

    def __init__(self, api: str, token_file: Path) -> None:
        self.address = f"{api}/graphql"
        self._ready = f"{api}/health/ready"
        self.token_file = token_file

    def is_ready(self) -> bool:
        """Return whether the API answers questions."""
        try:
            with urllib.request.urlopen(self._ready, timeout=PATIENCE_S) as answer:  # noqa: S310  # our own address
                return bool(answer.status == 200)  # noqa: PLR2004  # HTTP's word for well
        except OSError:
            return False

    def so_far(self, store: str, start: datetime) -> Summary | None:
        """Return what is known now; None while nothing is, or nobody answers."""
        try:
            return self.summary(store, start, start + A_DAY)
        except DemoUnanswered:
            return None

    def summary(self, store: str, start: datetime, end: datetime) -> Summary | None:
        """Return what happened in a store, None before it is known; raises `DemoUnanswered`."""
        data = self.ask(SUMMARY, {"store": store, "start": start.isoformat(), "end": end.isoformat()})
        known = data["store"]
        return known and msgspec.convert(known["figures"] | {"visits": known["visits"]["nodes"]}, Summary)

    def ask(self, query: str, variables: dict[str, str], patience_s: float = PATIENCE_S) -> Any:
        """Return the data of an answer; raises `DemoUnanswered`."""
        request = urllib.request.Request(  # noqa: S310  # our own address
            self.address,
            json.dumps({"query": query, "variables": variables}).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {self.token()}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=patience_s) as response:  # noqa: S310
                answer = json.load(response)
        except urllib.error.HTTPError as problem:
            raise DemoUnanswered(self.address, problem.read().decode(errors="replace")[:500]) from problem
        except OSError as problem:
            raise DemoUnanswered(self.address, str(problem)) from problem
        if answer.get("errors"):
            raise DemoUnanswered(self.address, answer["errors"][0]["message"])
        return answer["data"]

    def token(self) -> str:
        """Return the token that is sent; raises `DemoUnanswered` before there is one."""
        try:
            return self.token_file.read_text().strip()
        except OSError as problem:
            raise DemoUnanswered(self.address, f"no token in {self.token_file} yet") from problem
