"""The JSON Schema of a layout file, for editors and for the first check of a file."""

import ast
import inspect
import json
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from event_store.layout import model

DRAFT = "https://json-schema.org/draft/2020-12/schema"
NULL = {"type": "null"}


@cache
def layout_schema() -> dict[str, Any]:
    """Return the schema; TOML has no null, so an optional key is one that may be absent."""
    schema: dict[str, Any] = msgspec.json.schema(model.Layout)
    definitions = {name: _without_null(each) for name, each in schema["$defs"].items()}
    layout = definitions.pop("Layout")
    days = {"enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    definitions["Store"]["properties"]["opening_hours"]["propertyNames"] = days
    definitions["Camera"]["required"].append("source")  # a file has one; what is published has none
    definitions["Camera"]["properties"]["source"].pop("default")
    return {"$schema": DRAFT, **layout, "title": "A Shopfloor layout", "$defs": definitions}


def schema_text() -> str:
    """Return `docs/layout.schema.json` as it should be, with the fields' docstrings as descriptions."""
    schema = json.loads(json.dumps(layout_schema()))
    for (part, field), text in _field_docstrings().items():
        properties = schema["$defs"].get(part, schema)["properties"]
        properties.get(field, {}).setdefault("description", text)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _without_null(schema: Any) -> Any:
    match schema:
        case {"anyOf": [only, null], **rest} if null == NULL:
            return {**only, **{name: value for name, value in rest.items() if name != "default"}}
        case dict():
            return {name: _without_null(each) for name, each in schema.items()}
        case list():
            return [_without_null(each) for each in schema]
        case _:
            return schema


def _field_docstrings() -> dict[tuple[str, str], str]:
    texts: dict[tuple[str, str], str] = {}
    classes = [part for part in ast.parse(inspect.getsource(model)).body if isinstance(part, ast.ClassDef)]
    for part in classes:
        for statement, following in pairwise(part.body):
            match statement, following:
                case ast.AnnAssign(target=ast.Name(id=field)), ast.Expr(value=ast.Constant(value=str(text))):
                    texts[part.name, field] = text
    return texts
