"""`shopfloor serve` answers for the models of its store, to those who have a token; its guide's examples work."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import pytest

from graphql_api.issued_tokens import IssuedTokens, WantedToken
from graphql_api.roles import TokenRole
from tests.builders.hostile_pictures import jpeg
from tests.builders.labels import drawn_label
from tests.builders.model_servers import BLOBS, ModelServer, blue_person, encoded, infer_request, running_server
from tests.builders.networks import blob_finder, save_model, unheard_of
from vision_workers.serving import bodies, pictures, readings

GUIDE = (Path(__file__).parents[3] / "docs" / "inference.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
(PYTHON,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
CLIP = Path(__file__).parents[3] / "infra" / "demo" / "entrance.mp4"
PNG = {"content-type": "image/png"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    save_model(blob_finder(), folder / "models" / "blobs")
    save_model(unheard_of(), folder / "models" / "broken")
    clip = cv2.VideoCapture(str(CLIP))
    clip.set(cv2.CAP_PROP_POS_FRAMES, 100)
    cv2.imwrite(str(folder / "frame.jpg"), clip.read()[1])
    cv2.imwrite(str(folder / "label.png"), drawn_label("1.95"))
    return folder


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ModelServer]:
    with running_server(data, "--waiting", "0") as server:
        yield server
        status, said = server.stop()
        assert status == 0
        assert [line for line in said.splitlines() if "a model is not served" not in line] == []


def asking(server: ModelServer, token: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=server.address, headers={"authorization": f"Bearer {token or server.token}"}, timeout=30
    )


def test_every_model_of_the_store_is_served_and_a_broken_one_is_told(server: ModelServer) -> None:
    with asking(server) as client:
        assert client.get("/v2/models").json() == {"models": ["blobs", "shopfloor-person"]}
        assert client.get(f"{BLOBS}/ready").status_code == 200
        assert client.get("/v2/models/broken/ready").status_code == 503
        assert (
            client.post("/detect", content=encoded(blue_person()), headers=PNG).json()["model_name"]
            == "shopfloor-person"
        )


def test_tokens_are_those_of_the_installation_and_a_revoked_one_is_refused_at_once(
    server: ModelServer, data: Path
) -> None:
    issued = IssuedTokens(data)
    token = issued.create(WantedToken(role=TokenRole.VIEWER))
    with asking(server, token) as client:
        before = client.get("/v2")
        issued.revoke(issued.find_all()[0].id)
        after = client.get("/v2")

    assert (before.status_code, after.status_code) == (200, 401)
    assert before.headers["cache-control"] == "no-store"


def test_more_clients_at_once_than_there_are_places_are_answered_or_told_to_come_back(server: ModelServer) -> None:
    async def ask_all() -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {server.token}"}
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(base_url=server.address, headers=headers, limits=limits, timeout=60) as client:
            return await asyncio.gather(*(client.post(f"{BLOBS}/infer", json=infer_request()) for _ in range(64)))

    answers = asyncio.run(ask_all())

    assert {each.status_code for each in answers} == {200, 429}
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)


def run(words: list[str], server: ModelServer, data: Path) -> str:
    environment = os.environ | {"TOKEN": server.token, "ADDRESS": server.address}
    return subprocess.run(words, cwd=data, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_bomb_of_a_hundred_megapixels_is_refused_without_a_word_in_the_log(server: ModelServer) -> None:
    with asking(server) as client:
        refused = client.post("/detect", content=jpeg(10_000, 10_000), headers={"content-type": "image/jpeg"})

    assert refused.status_code == 400
    assert "make it smaller" in refused.json()["error"]


def test_the_guides_commands_answer(server: ModelServer, data: Path) -> None:
    detected, read, model = (json.loads(run(["bash", "-c", each], server, data)) for each in SHELL)
    shown: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)[0])

    assert detected.keys() == shown.keys()
    assert detected["detections"][0].keys() == shown["detections"][0].keys()
    assert {f"`{each}`" in GUIDE for each in read} == {True}
    assert (read["price"], read["currency"]) == ("1.95", "GBP")
    assert model["name"] == "shopfloor-person"


def test_the_guides_program_answers(server: ModelServer, data: Path) -> None:
    told = run([sys.executable, "-c", PYTHON], server, data)

    assert "[1" in told


def test_the_guides_limits_are_those_of_the_code() -> None:
    assert f"at most {pictures.MOST_BYTES // 1_000_000} MB, {pictures.MOST_PIXELS // 1_000_000} million pixels" in GUIDE
    assert f"{pictures.MOST_SIDE:,} pixels a side" in GUIDE
    assert f"after {bodies.PATIENCE_S:.0f} seconds" in GUIDE
    assert (readings.MOST_PIXELS, readings.MOST_TIMES_LONGER) == (2_000_000, 10)
