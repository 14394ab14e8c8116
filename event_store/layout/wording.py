"""Words for what the schema finds wrong: what it is, and what would be right."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from event_store.layout.positions import Path

Finding = tuple[Path, str, str]
"""Where in the file's data, what is wrong, what would be right."""

EXAMPLES: Mapping[str, str] = {
    "id": 'id = "entrance"',
    "name": 'name = "Dairy"',
    "time_zone": 'time_zone = "Europe/Oslo"',
    "currency": 'currency = "NOK"',
    "locale": 'locale = "nb_NO"',
    "floor": "floor = [12.0, 8.0]",
    "source": 'source = "clips/entrance.mp4"',
    "camera": 'camera = "entrance"',
    "max_frames_per_second": "max_frames_per_second = 10",
    "polygon": "polygon = [[0.0, 0.8], [1.0, 0.8], [1.0, 1.0], [0.0, 1.0]]",
    "floor_polygon": "floor_polygon = [[2.0, 3.0], [6.0, 3.0], [6.0, 4.0], [2.0, 4.0]]",
    "floor_points": "floor_points = [[[0.1, 0.9], [0.0, 0.0]], …], four picture points with their floor points",
    "from": "from = [0.2, 0.5]",
    "to": "to = [0.8, 0.5]",
    "inside": 'inside = "right"',
    "slot": "slot = 1",
    "sku": 'sku = "4901234567894"',
    "kind": 'kind = "gondola"',
}
KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "an array", dict: "a table"}
TYPES = {"string": "text in quotes", "number": "a number", "integer": "a whole number", "object": "a table"}
PICTURE_KEYS = frozenset({"polygon", "from", "to", "floor_points"})


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean …?" or, where nothing is near, what there is."""
    choices = sorted(known)
    if close := difflib.get_close_matches(word, choices, n=1):
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(choices)}" if choices else "there is none in this file"


def name_of(path: Path) -> str:
    """Return a place in the file, counted from 1 as people do: `zone[2].polygon[3]`."""
    names: list[str] = []
    for part in path:
        if isinstance(part, str):
            names.append(part)
        elif names:
            names[-1] += f"[{part + 1}]"
    return ".".join(names) or "the file"


def findings_of(error: ValidationError) -> Iterator[Finding]:
    """Word one error of the schema; a table with several unknown keys gives one finding for each."""
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            for key in sorted(set(instance) - set(schema["properties"])):
                yield (*path, key), f"unknown key {key!r} in {name_of(path)}", nearest(key, schema["properties"])
        case "required":
            key = error.message.split("'")[1]  # one error for each missing key, named only in the message
            yield path, f"{name_of(path)} has no {key}", _write(key)
        case "enum" if "propertyNames" in error.absolute_schema_path:
            yield path, f"unknown day {instance!r}", nearest(str(instance), schema["enum"])
        case "type":
            yield path, *_type_words(error, path)
        case "minItems" | "maxItems" | "items":
            yield path, *_count_words(error, path)
        case _:
            yield path, *_value_words(error, path, schema)


def _type_words(error: ValidationError, path: Path) -> tuple[str, str]:
    where, wanted = name_of(path), str(error.validator_value)
    if isinstance(error.instance, dict) and wanted == "array":
        return f"[{where}] is one table", f"write [[{where}]], there may be several"
    if isinstance(error.instance, list) and wanted == "object":
        return f"[[{where}]] is an array of tables", f"write [{where}] once"
    expected = TYPES.get(wanted, "an array in [ ]")
    return f"{where} is {KINDS.get(type(error.instance), 'a date')}, not {expected}", _write(_key(path))


def _count_words(error: ValidationError, path: Path) -> tuple[str, str]:
    instance: Any = error.instance
    where, key = name_of(path), _key(path)
    if key in {"from", "to", "floor"} or (path and isinstance(path[-1], int)):
        return f"{where} is {_shown(instance)}, not a pair", _write(key)
    if error.validator == "maxItems":
        return f"{where} has {len(instance)} points", f"at most {error.validator_value} are taken"
    things = "cameras" if key == "camera" else "points"
    return f"{where} has {len(instance)} {things}", f"at least {error.validator_value} are needed"


def _value_words(error: ValidationError, path: Path, schema: Any) -> tuple[str, str]:
    value: Any = error.instance
    where, key = name_of(path), _key(path)
    match error.validator:
        case "enum":
            cure = nearest(str(value), map(str, schema["enum"]))
        case "pattern" if key in {"currency", "locale"}:
            cure = _write(key)
        case "pattern":
            cure = "use 1 to 64 letters, digits, . _ and -, a letter or digit first"
        case _ if key in PICTURE_KEYS:
            return f"{where}: {_shown(value)} is outside the picture", _fraction(value)
        case _:
            cure = f"write a number {_range(schema)}"
    return f"{where} is {_shown(value)}", cure


def _key(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _fraction(value: float) -> str:
    if value > 1:
        return "points are fractions, 0 to 1; divide pixels by the picture's width and height"
    return "points are fractions, 0 to 1, from the top left corner"


def _range(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    above = "above" if "exclusiveMinimum" in schema else "from"
    return f"{above} {low:g}" + (f" to {schema['maximum']:g}" if "maximum" in schema else "")


def _write(key: str) -> str:
    return f"write {EXAMPLES[key]}" if key in EXAMPLES else "see docs/layout.md"


def _shown(value: Any) -> str:
    return re.sub(r"\s+", " ", json.dumps(value, ensure_ascii=False, default=str))[:60]
