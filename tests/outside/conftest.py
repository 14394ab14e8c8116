"""What the suites of foreign programs share."""

import shutil
from pathlib import Path

import pytest

from graphql_api.schema import schema_text
from tests.builders.node_programs import node_program

CLIENTS = Path(__file__).parent / "graphql_clients"
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the clients that front ends use, with their packages, the guide's examples and the API's schema."""
    folder = tmp_path_factory.mktemp("clients") / "graphql_clients"
    node_program(CLIENTS, folder, "no cache of a GraphQL client is asked")
    shutil.copytree(EXAMPLES, folder / "examples")
    (folder / "schema.graphql").write_text(schema_text())
    return folder
