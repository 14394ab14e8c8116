"""The server of models in the hands of NVIDIA's client, and of a tool that tries what its description allows."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.bench.peer_environment import python_with
from infra.errors import PeersUninstallable
from tests.builders.model_servers import ModelServer, running_server

ASK = Path(__file__).parent / "inference" / "ask.py"
MODEL = "shopfloor-person"
BEYOND_SCHEMAS = "positive_data_acceptance"
"""Which tensor fits which model, and what is a picture, no schema can say: such bodies are refused with 400."""

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has the clients; skips where they cannot be had."""
    try:
        return python_with("clients")
    except PeersUninstallable as problem:
        pytest.skip(f"tritonclient and schemathesis cannot be had: {problem}")


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:  # noqa: ARG001  # first
    with running_server(tmp_path_factory.mktemp("data"), "--model", MODEL) as server:
        yield server


def test_nvidias_client_asks_our_models(python: Path, server: ModelServer) -> None:
    command = [str(python), str(ASK), server.address, server.token, MODEL]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    described = httpx.get(
        f"{server.address}/v2/models/{MODEL}", headers={"authorization": f"Bearer {server.token}"}
    ).json()

    assert said["server"]["extensions"] == ["binary_tensor_data"]
    assert (said["live"], said["ready"], said["models"], said["versions"]) == (True, True, [True, False], [True, False])
    assert (said["id"], said["binary_is_json"]) == ("5", True)
    assert set(said["types"]) == {"float32"}
    for shape, output in zip(said["shapes"], described["outputs"], strict=True):
        assert all(told in {-1, found} for told, found in zip(output["shape"], shape, strict=True))
    assert "[400]" in said["refused"]
    assert "the model takes" in said["refused"]


def test_whatever_the_description_allows_is_answered_as_it_says(
    python: Path, server: ModelServer, tmp_path: Path
) -> None:
    command = [
        str(python.parent / "schemathesis"),
        "run",
        f"{server.address}/openapi.json",
        "--no-color",
        "--seed",
        "1",
    ]
    command += ["--header", f"Authorization: Bearer {server.token}", "--max-examples", "20"]
    command += ["--exclude-checks", BEYOND_SCHEMAS, "--phases", "examples,coverage,fuzzing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.returncode == 0, done.stdout[-3000:]
    assert "Tested: 12" in done.stdout
