"""Checks of rules: what each kind needs, and what it takes no notice of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from event_store.layout.positions import Path
from event_store.layout.references import Table, tables
from event_store.layout.wording import Finding


class Takes(msgspec.Struct, frozen=True):
    """What a rule of one kind is made of, beside what all rules have."""

    needed: Sequence[str] = ()
    other: Sequence[str] = ()
    zones: str | None = None
    """The kind of zones that it is about."""


KINDS: Mapping[str, Takes] = {
    "restricted": Takes(other=["zone"], zones="restricted"),
    "loitering": Takes(needed=["longer_than_s"], other=["zone"]),
    "crowding": Takes(needed=["more_than"], other=["zone"]),
    "queue": Takes(needed=["more_than"], other=["zone"], zones="checkout"),
    "closed": Takes(),
    "covered": Takes(other=["camera"]),
}
"""By their names; a new kind is added here."""
CONDITIONS = ("zone", "camera", "longer_than_s", "more_than")
EXAMPLES = {"longer_than_s": "longer_than_s = 60.0", "more_than": "more_than = 5"}


def rule_findings(data: Table) -> Iterator[Finding]:
    """Find rules that can never hold, or say what nobody would heed."""
    for at, rule in tables(data, "rule"):
        takes = KINDS.get(str(rule.get("kind")))
        if takes is None:
            continue  # the schema says which kinds there are
        for name in takes.needed:
            if name not in rule:
                yield at, f"a rule of the kind {rule['kind']!r} needs {name}", f"add {EXAMPLES[name]}"
        for name in CONDITIONS:
            if name in rule and name not in {*takes.needed, *takes.other}:
                yield (*at, name), f"a rule of the kind {rule['kind']!r} takes no {name}", "take it out"
        if takes.zones is not None:
            yield from _zones(data, at, rule, takes.zones)
        if rule.get("kind") == "closed" and not _hours(data.get("store")):
            cure = 'add [store.opening_hours] with mon = "09:00-21:00" and the other days'
            yield at, "nobody says when the store is closed", cure


def _zones(data: Table, at: Path, rule: Table, kind: str) -> Iterator[Finding]:
    kinds = {zone.get("id"): zone.get("kind", "aisle") for _, zone in tables(data, "zone")}
    if "zone" not in rule and kind not in kinds.values():
        yield at, f"the layout has no zone of the kind {kind!r}", f'give a [[zone]] kind = "{kind}"'
    if kind == "checkout" and kinds.get(rule.get("zone"), kind) != kind:
        yield (*at, "zone"), f"the zone {rule['zone']!r} has no line", 'name one of the kind "checkout"'


def _hours(store: Any) -> Any:
    return store.get("opening_hours") if isinstance(store, dict) else None
