"""Schemathesis reads the OpenAPI document and sends what it allows and what it forbids."""

import subprocess
import sys
from pathlib import Path

import pytest

from event_store.topics import Topics
from tests.builders.serving import running_api

CONFIG = Path(__file__).parent / "schemathesis" / "schemathesis.toml"
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
EXAMPLES = 100

pytestmark = [pytest.mark.outside, pytest.mark.postgres, pytest.mark.kafka]


def test_schemathesis_finds_no_failure_in_what_takes_sales(
    projected_database: str, kafka: str, topics: Topics, tmp_path: Path
) -> None:
    where = {"SHOPFLOOR_KAFKA": kafka, "SHOPFLOOR_TOPIC_PREFIX": topics.prefix}
    with running_api(projected_database, tmp_path / "data", **where) as server:
        run = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run", DOCUMENT,
                "--url", f"{server.address}/ingest", "--header", f"Authorization: Bearer {server.token}",
                "--max-examples", str(EXAMPLES), "--seed", "1", "--warnings", "off", "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        _, log = server.stop()

    assert run.returncode == 0, run.stdout[-5_000:] + run.stderr[-1_000:] + log[-3_000:]
    assert "passed" in run.stdout
