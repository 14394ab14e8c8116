from pathlib import Path

import msgspec
from jsonschema import Draft202012Validator

from event_store.layout.digest import layout_digest, published
from event_store.layout.model import Layout
from event_store.layout.reading import parse_layout, read_layout
from event_store.layout.schema import layout_schema, schema_text

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "tests" / "layouts" / "example.toml"


def test_where_a_camera_is_is_not_published() -> None:
    shop = msgspec.json.encode(published(read_layout(EXAMPLE)))

    assert b"source" not in shop
    assert b"secret" not in shop
    assert b"10.0.0.5" not in shop


def test_a_new_password_is_no_new_layout() -> None:
    text = EXAMPLE.read_bytes()
    changed = parse_layout(text.replace(b"secret", b"other"), EXAMPLE)

    assert layout_digest(changed) == layout_digest(read_layout(EXAMPLE))


def test_the_digest_follows_what_the_layout_says_and_not_how_it_is_written() -> None:
    text = EXAMPLE.read_bytes()

    assert layout_digest(parse_layout(b"# new comment\n" + text, EXAMPLE)) == layout_digest(read_layout(EXAMPLE))
    moved = parse_layout(text.replace(b"[0.2, 0.5]", b"[0.2, 0.51]"), EXAMPLE)
    assert layout_digest(moved) != layout_digest(read_layout(EXAMPLE))


def test_a_published_layout_reads_back_as_the_same_one() -> None:
    shop = published(read_layout(EXAMPLE))

    assert msgspec.json.decode(msgspec.json.encode(shop), type=Layout) == shop


def test_the_published_schema_is_the_models_own() -> None:
    Draft202012Validator.check_schema(layout_schema())

    assert (ROOT / "docs" / "layout.schema.json").read_text(encoding="utf-8") == schema_text()
