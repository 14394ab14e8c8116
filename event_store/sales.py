"""Sales on their way into the record: whatever brings one, it is read by one rule and becomes the same fact."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec

from event_store.envelope import Envelope
from event_store.errors import RefusedSale
from event_store.events.bounds import is_no_moment
from event_store.events.sales import Channel, SaleRecorded
from event_store.serialization import is_place

IDS = UUID("5d3b7c0e-2f4a-5b8e-9c61-7a1de2b94f30")
FIELDS = ("store", "till", "sale", "time", "channel", "total", "currency")
"""What each sale must say."""

OPTIONAL = ("voids",)
CHANNELS = ("till", "self", "walk-out", "web")
LONGEST_KEY = 50
LONGEST_TEXT = 200
_KEYS = ("till", "sale", "voids")
_TOTAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_CURRENCY = re.compile("[A-Z]{3}")


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale of a store, not numbered yet."""

    organisation: str
    store: str
    recorded: SaleRecorded

    @property
    def key(self) -> str:
        """Its store: `organisation/store`."""
        return f"{self.organisation}/{self.store}"

    @property
    def fact_id(self) -> tuple[str, str]:
        """Its id with its organisation; made of store, till and the till's own number, so that it counts once."""
        till, number = quote(self.recorded.till_id, safe=""), quote(self.recorded.sale_id, safe="")
        return str(uuid5(IDS, f"/{self.key}/till/{till}/{number}")), self.organisation


def read_sale(said: Mapping[str, str]) -> Sale:
    """Return the sale that texts say, by the names of `FIELDS` and `OPTIONAL`; raises `RefusedSale`."""
    for name in FIELDS:
        if not said.get(name):
            raise RefusedSale(name, f"{name} is empty")
    for name, text in said.items():
        _demand_text(name, text)
    organisation, slash, store = said["store"].partition("/")
    if not (slash and is_place(organisation) and is_place(store)):
        raise RefusedSale("store", f"store {said['store'][:50]!r} is not ORGANISATION/STORE")
    currency = said["currency"].upper()
    if not _CURRENCY.fullmatch(currency):
        raise RefusedSale("currency", f"currency {said['currency'][:50]!r} is no code of three letters, such as JPY")
    if not _TOTAL.fullmatch(said["total"]):
        raise RefusedSale("total", f"total {said['total'][:50]!r} is no number such as 1234.50")
    recorded = SaleRecorded(
        time=_time(said["time"]),
        till_id=said["till"],
        sale_id=said["sale"],
        channel=_channel(said["channel"]),
        total=said["total"],
        currency=currency,
        voided_sale_id=said.get("voids") or None,
    )
    return Sale(organisation=organisation, store=store, recorded=recorded)


class SaleSource:
    """Numbers the sales that one process brings: a run of it is a source of each store, as a run of a worker is.

    Numbers only tell that nothing is missing. That a sale counts once rests on its id, which knows no source.
    """

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self.begin_again()

    def begin_again(self) -> None:
        """Number from 1 as another source: nobody knows how many of the last ones were written."""
        self._run = secrets.token_hex(16)
        self._last: dict[str, int] = {}

    def envelopes(self, sales: Sequence[Sale], actor: str | None = None) -> list[Envelope]:
        """Number sales, which are written in this order and before any later ones."""
        return [self._envelope(each, actor or self._actor) for each in sales]

    def _envelope(self, sale: Sale, actor: str) -> Envelope:
        self._last[sale.key] = number = self._last.get(sale.key, 0) + 1
        return Envelope(
            id=sale.fact_id[0],
            source=f"/{sale.key}/sales/{self._run}",
            sequence=number,
            organisation=sale.organisation,
            store=sale.store,
            actor=actor,
            event=sale.recorded,
        )


def _demand_text(name: str, text: str) -> None:
    if name in _KEYS and len(text.encode(errors="replace")) > LONGEST_KEY:
        raise RefusedSale(name, f"{name} has more than {LONGEST_KEY} bytes")
    if len(text) > LONGEST_TEXT:
        raise RefusedSale(name, f"{name} has more than {LONGEST_TEXT} letters")
    if not text.isprintable():
        raise RefusedSale(name, f"{name} holds signs that are no letters: {text[:50]!a}")


def _channel(text: str) -> Channel:
    found = text.casefold()
    if found not in CHANNELS:
        raise RefusedSale("channel", f"channel {text[:50]!r} is none of {', '.join(CHANNELS)}")
    return cast("Channel", found)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as problem:
        raise RefusedSale("time", f"time {text[:50]!r} is not written as 2026-03-02T12:00:00+09:00") from problem
    if at.tzinfo is None:
        raise RefusedSale("time", f"time {text[:50]!r} says no zone; write +09:00 behind it")
    if why := is_no_moment(at):
        raise RefusedSale("time", why)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
