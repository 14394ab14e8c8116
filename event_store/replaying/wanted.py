"""Which records of a range are to be played again."""

from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from event_store.events import CATALOGUE
from event_store.events.event import ShopperFact, ids
from event_store.replay import Entry
from event_store.replaying.errors import UnknownType
from event_store.upcasting import UPCASTERS, newest_type


class _Wire(msgspec.Struct, frozen=True):
    data: dict[str, Any]
    type: str = ""


_WIRE = msgspec.json.Decoder(_Wire)


class Wanted(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A range of recorded time, half-open, and what of it; what was applied, unless everything is wanted."""

    start: datetime | None = None
    end: datetime | None = None
    store: tuple[str, str] | None = None
    camera: str | None = None
    visit: str | None = None
    types: frozenset[str] | None = None
    """As `known_types` returns them."""
    everything: bool = False
    """Duplicates, dead letters and parked records too."""

    def has(self, entry: Entry) -> bool:
        """Tell whether a record is to be played."""
        return (
            (self.start is None or entry.recorded_at >= self.start)
            and (self.end is None or entry.recorded_at < self.end)
            and (self.everything or entry.disposition == "applied")
            and self._is_about(entry)
        )

    def _is_about(self, entry: Entry) -> bool:
        """Tell whether a record is the camera's and of the visit, reading only what may be."""
        value = entry.value or b""
        if any(name not in value for name in self._names):
            return False
        if not self._names:
            return True
        try:
            record = _WIRE.decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        is_visits = (
            self.visit is None
            or f"visit/{self.visit}" == entry.attributes.subject
            or self.visit in _visits(record.type, record.data)
        )
        return is_visits and (self.camera is None or record.data.get("camera_id") == self.camera)

    @cached_property
    def _names(self) -> list[bytes]:
        return [name.encode() for name in (self.camera, self.visit) if name is not None]

    def told(self) -> dict[str, Any]:
        """Return what distinguishes this from another replay."""
        types = None if self.types is None else sorted(self.types)
        return {**msgspec.to_builtins(self, builtin_types=(datetime, frozenset)), "types": types}


def _visits(type_name: str, data: dict[str, Any]) -> list[Any]:
    """Return the visits that a fact names; one of an unknown type may do so as most facts do."""
    fact = CATALOGUE.get(newest_type(type_name), ShopperFact)
    return [name for field, kind in fact.named.items() if kind == "visit" for name in ids(data.get(field))]


def known_types(names: list[str]) -> frozenset[str] | None:
    """Return every version of some types of fact, `ShopperEntered` or `shopfloor.ShopperEntered.v1`; none is all.

    Raises `UnknownType`.
    """
    if not names:
        return None
    short: dict[str, set[str]] = {}
    for known in {*CATALOGUE, *UPCASTERS}:
        word = known.split(".")[1]
        short.setdefault(word, set()).update({known, newest_type(known)})
    found: set[str] = set()
    for name in names:
        word = name.split(".")[1] if name in CATALOGUE or name in UPCASTERS else name
        if word not in short:
            raise UnknownType(name, short)
        found |= short[word]
    return frozenset(found)
