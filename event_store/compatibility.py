"""What may change in a fact without a new major version: optional fields may be added, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

from event_store.errors import ShopfloorError

Schema = Mapping[str, Any]

_WORDS = {"title", "description", "examples"}
"""Keywords that say something about the data and nothing about which data is valid."""


class IncompatibleChange(ShopfloorError):
    """A fact's class was changed in a way that old or new readers would not understand."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__(
            f"{'; '.join(changes)}: only optional fields may be added to a fact; "
            "give it the next major version and an upcaster"
        )


def demand_compatible(before: Schema, after: Schema) -> None:
    """Raise `IncompatibleChange` where readers of one AsyncAPI document could not read facts of the other."""
    if changes := list(breaking_changes(before, after)):
        raise IncompatibleChange(changes)


def breaking_changes(before: Schema, after: Schema) -> Iterator[str]:
    """Yield each change from one AsyncAPI document to a later one that needed a new major version."""
    old, new = _payloads(before), _payloads(after)
    for name, schema in old.items():
        if name not in new:
            yield f"{name} is gone"
        else:
            yield from _Comparison(before, after).compare(name, schema, new[name])


def _payloads(document: Schema) -> dict[str, Schema]:
    messages = document["components"]["messages"]
    return {name: message["payload"] for name, message in messages.items()}


class _Comparison:
    """Two documents, whose references are followed side by side."""

    def __init__(self, before: Schema, after: Schema) -> None:
        self._before, self._after = before, after
        self._seen: set[tuple[str, str]] = set()

    def compare(self, where: str, old: Any, new: Any) -> Iterator[str]:
        old_name, new_name = _reference(old), _reference(new)
        if old_name and new_name:
            if (old_name, new_name) in self._seen:
                return
            self._seen.add((old_name, new_name))
        old, new = _resolve(self._before, old), _resolve(self._after, new)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self._compare_objects(where, old, new)
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from self.compare(f"{where}[{number}]", one, other)
        elif old != new:
            yield f"{where} was {old!r} and is {new!r}"

    def _compare_objects(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        for keyword in sorted((old.keys() | new.keys()) - _WORDS - {"properties", "required"}):
            if keyword not in old or keyword not in new:
                yield f"{where} {'lost' if keyword in old else 'got'} the rule {keyword}"
            else:
                yield from self.compare(f"{where}.{keyword}", old[keyword], new[keyword])
        yield from self._compare_fields(where, old, new)

    def _compare_fields(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in had:
            if name not in has:
                yield f"{where}.{name} is gone"
                continue
            yield from self.compare(f"{where}.{name}", had[name], has[name])
            if (name in needed) != (name in needs):
                yield f"{where}.{name} {'may now be absent' if name in needed else 'must now be there'}"
        for name in has.keys() - had.keys():
            if name in needs:
                yield f"{where}.{name} is new and has no default"


def _reference(schema: Any) -> str | None:
    return schema.get("$ref") if isinstance(schema, Mapping) else None


def _resolve(document: Schema, schema: Any) -> Any:
    reference = _reference(schema)
    if reference is None:
        return schema
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
