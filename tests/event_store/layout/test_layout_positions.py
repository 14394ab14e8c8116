import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from event_store.layout.positions import locate

EXAMPLE = Path(__file__).parents[2] / "layouts" / "example.toml"


def test_tables_keys_and_elements_are_found_on_their_lines() -> None:
    lines = locate(
        '''# a comment with [brackets] and "quotes
[store]
name = "a # b" # c
hours = { mon = "1", tue = [1,
  2] }
text = """
[not.a.table]
"""
a."b c".d = 1

[[shelf]]
[[shelf.facing]]
slot = 1
[[shelf.facing]]
slot = 2
[[shelf]]
when = 2026-01-01 10:00:00
[[shelf.facing]]
polygon = [
  [0, 1], # one
  [2,
   3],
]'''
    )

    assert lines["store", "name"] == 3
    assert (lines["store", "hours", "tue", 0], lines["store", "hours", "tue", 1]) == (4, 5)
    assert lines["store", "a", "b c", "d"] == 9
    assert (lines["shelf", 0, "facing", 0], lines["shelf", 0, "facing", 1, "slot"]) == (12, 15)
    assert (lines["shelf", 1], lines["shelf", 1, "when"]) == (16, 17)
    assert (lines["shelf", 1, "facing", 0, "polygon", 1], lines["shelf", 1, "facing", 0, "polygon", 1, 1]) == (21, 22)


def places(data: Any, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return {at}.union(*(places(each, (*at, key)) for key, each in inside))


def test_every_place_of_the_example_has_a_line() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert places(tomllib.loads(text)) <= set(locate(text))


def written(value: Any) -> str:
    """Write a value in TOML, each element of an array on its own line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{written(key)} = {written(each)}" for key, each in value.items()) + "}"
        case list():
            return "[\n" + "".join(f"{written(each)}, # one\n" for each in value) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=6)
values = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), words, st.floats(-1, 1), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(words, values, max_size=4))
def test_every_place_of_any_file_has_a_line(data: dict[str, Any]) -> None:
    text = "\n".join(f"{written(key)} = {written(value)}" for key, value in data.items())
    assert tomllib.loads(text) == data

    located = {tuple(map(str, path)) for path in locate(text)}

    # keys are compared as written: an escape in a quoted key is not resolved, nobody's layout has one
    plain = {path for path in places(data) if all("\\" not in str(part) and '"' not in str(part) for part in path)}
    assert {tuple(map(str, path)) for path in plain} <= located
