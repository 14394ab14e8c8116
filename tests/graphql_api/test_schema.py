from pathlib import Path

from graphql_api.schema import schema_text

COMMITTED = Path(__file__).parents[2] / "docs" / "schema.graphql"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text() == schema_text(), "write it again: make schemas"
