"""Checks of names: ids that repeat, and ids, slots and time zones that are not there."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from event_store.layout.positions import Path
from event_store.layout.wording import Finding, nearest

Table = Mapping[str, Any]

OPENING = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)")
NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
"""Files among the zones that mean another zone on each machine, or none."""
PRICE = re.compile(r"\d{1,9}(?:\.\d{1,4})?")


def tables(data: Table, kind: str, at: Path = ()) -> Iterator[tuple[Path, Table]]:
    """Yield the tables of a kind with their places; what is no table was told by the schema."""
    entries = data.get(kind)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield (*at, kind, index), entry


def reference_findings(data: Table) -> Iterator[Finding]:
    """Find what is wrong with the names of a layout."""
    yield from _store(data.get("store"))
    for kind in ("camera", "door", "line", "zone", "fixture", "shelf", "rule"):
        yield from _repeated(tables(data, kind), "id", f"two {kind}s")
    yield from _repeated(tables(data, "product"), "sku", "two products")
    yield from _unknown(data)
    for at, shelf in tables(data, "shelf"):
        yield from _slots(at, shelf)
    for at, product in tables(data, "product"):
        price = product.get("price")
        if isinstance(price, str) and not PRICE.fullmatch(price):
            yield (*at, "price"), f"price is {price!r}", 'write digits and a point, price = "18.90"'


def _store(store: Any) -> Iterator[Finding]:
    if not isinstance(store, dict):
        return
    zone = store.get("time_zone")
    if isinstance(zone, str) and zone not in _time_zones():
        yield ("store", "time_zone"), f"no time zone is called {zone!r}", nearest(zone, _near_zones(zone))
    hours = store.get("opening_hours")
    for day, span in (hours if isinstance(hours, dict) else {}).items():
        if isinstance(span, str) and not OPENING.fullmatch(span):
            yield ("store", "opening_hours", day), f"opening hours are {span!r}", 'write "09:00-21:00"'
    since = store.get("valid_from")
    if since is not None and getattr(since, "tzinfo", None) is None:
        yield ("store", "valid_from"), "valid_from has no offset to UTC", "write 2026-01-31T00:00:00+09:00"


@functools.cache
def _time_zones() -> frozenset[str]:
    """Return the zones that are the same on every machine."""
    return frozenset(available_timezones() - NO_ZONES)


def _near_zones(name: str) -> set[str]:
    region = name.partition("/")[0].lower()
    zones = {zone for zone in _time_zones() if "/" in zone}
    return {zone for zone in zones if zone.lower().startswith(region)} or {"Europe/Oslo", "Asia/Tokyo", "UTC"}


def _repeated(entries: Iterator[tuple[Path, Table]], key: str, what: str) -> Iterator[Finding]:
    seen: dict[object, Path] = {}
    for at, entry in entries:
        value = entry.get(key)
        if not isinstance(value, str | int):
            continue
        if value in seen:
            yield (*at, key), f"{what} have the {key} {value!r}", "give each its own"
        seen.setdefault(value, at)


def _unknown(data: Table) -> Iterator[Finding]:
    ids = {kind: {each.get("id") for _, each in tables(data, kind)} - {None} for kind in ("camera", "fixture", "zone")}
    for kind in ("door", "line", "zone", "ignore", "shelf", "rule"):
        for at, entry in tables(data, kind):
            yield from _pointing(at, entry, "camera", ids["camera"])
            yield from _pointing(at, entry, "zone", ids["zone"])
            yield from _pointing(at, entry, "fixture", ids["fixture"])
            for place, view in tables(entry, "view", at):
                yield from _pointing(place, view, "camera", ids["camera"])


def _pointing(at: Path, entry: Table, key: str, known: set[Any]) -> Iterator[Finding]:
    value = entry.get(key)
    if isinstance(value, str) and value not in known:
        yield (*at, key), f"no {key} is called {value!r}", nearest(value, map(str, known))


def _slots(at: Path, shelf: Table) -> Iterator[Finding]:
    yield from _repeated(tables(shelf, "facing", at), "slot", "two facings")
    yield from _repeated(tables(shelf, "label", at), "slot", "two labels")
    slots = {facing.get("slot") for _, facing in tables(shelf, "facing", at)}
    for place, label in tables(shelf, "label", at):
        if slots and isinstance(label.get("slot"), int) and label["slot"] not in slots:
            known = ", ".join(str(slot) for slot in sorted(slots - {None}, key=str))
            yield (*place, "slot"), f"no facing has the slot {label['slot']}", f"known: {known}"
