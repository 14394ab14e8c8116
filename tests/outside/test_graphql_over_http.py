"""The API in the hands of the audits that the GraphQL over HTTP specification's authors wrote."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.builders.node_programs import node_program
from tests.builders.serving import running_api

PROGRAM = Path(__file__).parent / "graphql_http"

pytestmark = [pytest.mark.outside, pytest.mark.postgres]


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """The audit program with its packages."""
    return node_program(PROGRAM, tmp_path / "audit", "the API is not audited by graphql-http") / "audit.js"


def test_every_audit_of_graphql_over_http_passes(audit: Path, projected_database: str, tmp_path: Path) -> None:
    with running_api(projected_database, tmp_path / "data") as server:
        run = subprocess.run(
            ["node", audit, f"{server.address}/graphql", server.token], capture_output=True, text=True, check=True
        )

    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(each["name"], each["reason"]) for each in results if each["status"] != "ok"] == []
    assert len(results) >= 60
