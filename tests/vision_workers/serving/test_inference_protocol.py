"""Models answer by the Open Inference Protocol, and say what is wrong with what they cannot take."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.builders.model_servers import BLOBS, BYTES, AskedModels, blue_person, infer_request
from tests.builders.networks import SIDE
from vision_workers.serving.tensors import HEADER

INFER = f"{BLOBS}/infer"


@pytest.fixture
async def client(blobs_folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with AskedModels(blobs_folder.parent).client() as client:
        yield client


def binary(request: dict[str, Any], after: bytes, length: int | str | None = None) -> tuple[bytes, dict[str, str]]:
    """Return a body of JSON and bytes, with the header that says where they meet."""
    said = json.dumps(request).encode()
    return said + after, {HEADER: str(len(said) if length is None else length)}


def with_bytes(size: Any = BYTES) -> dict[str, Any]:
    return infer_request(data=None, parameters={"binary_data_size": size})


async def test_the_server_and_its_models_say_what_they_are(client: httpx.AsyncClient) -> None:
    server, names = (await client.get("/v2")).json(), (await client.get("/v2/models")).json()
    blobs = (await client.get(BLOBS)).json()
    version = blobs["versions"][0]

    assert server == {"name": "shopfloor", "version": "1.2.3", "extensions": ["binary_tensor_data"]}
    assert names == {"models": ["blobs"]}
    assert blobs == {
        "name": "blobs",
        "versions": [version],
        "platform": "openvino",
        "inputs": [{"name": "picture", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 3]}],
        "outputs": [{"name": blobs["outputs"][0]["name"], "datatype": "FP32", "shape": [1, 1, 3, 7]}],
    }
    assert (await client.get(f"{BLOBS}/versions/{version}")).json() == blobs
    assert (await client.get(f"{BLOBS}/versions/{version}/ready")).json() == {"name": "blobs", "ready": True}


async def test_health_needs_no_token_and_all_else_does(blobs_folder: Path) -> None:
    async with AskedModels(blobs_folder.parent).client(authorization="Bearer wrong") as stranger:
        open_to_all = [(await stranger.get(f"/v2/health/{each}")).json() for each in ("live", "ready")]
        asked = [await stranger.get(path) for path in ("/v2", "/v2/models", BLOBS, f"{BLOBS}/ready", "/openapi.json")]
        asked += [await stranger.post(path, content=b"x") for path in (INFER, "/detect", "/read?locale=ja_JP")]

    assert open_to_all == [{"live": True}, {"ready": True}]
    assert {each.status_code for each in asked} == {401}
    assert {each.headers["www-authenticate"] for each in asked} == {"Bearer"}


async def test_a_tensor_as_json_flat_or_nested_is_answered_with_what_the_network_gives(
    client: httpx.AsyncClient,
) -> None:
    flat = (await client.post(INFER, json=infer_request())).json()
    nested = (await client.post(INFER, json=infer_request(data=blue_person()[None].tolist()))).json()

    (output,) = flat["outputs"]
    assert {**flat, "outputs": []} == {
        "model_name": "blobs",
        "model_version": flat["model_version"],
        "outputs": [],
        "id": "7",
    }
    assert (output["datatype"], output["shape"]) == ("FP32", [1, 1, 3, 7])
    assert output["data"][:7] == pytest.approx([0, 1, 0.9, 24 / 64, 16 / 64, 40 / 64, 48 / 64])
    assert nested == flat


async def test_a_tensor_after_the_json_is_answered_alike_in_bytes(client: httpx.AsyncClient) -> None:
    flat = (await client.post(INFER, json=infer_request())).json()
    body, headers = binary(with_bytes() | {"parameters": {"binary_data_output": True}}, blue_person().tobytes())
    raw = await client.post(INFER, content=body, headers=headers)

    length = int(raw.headers[HEADER])
    (output,) = json.loads(raw.content[:length])["outputs"]
    assert raw.headers["content-type"] == "application/octet-stream"
    assert output["parameters"] == {"binary_data_size": 84}
    assert np.frombuffer(raw.content[length:], "<f4").tolist() == flat["outputs"][0]["data"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shape": [1, SIDE, SIDE, 4]}, "the model takes [1, 64, 64, 3]"),
        ({"shape": [1, 3, SIDE, SIDE]}, "the model takes [1, 64, 64, 3]"),
        ({"shape": [2, SIDE, SIDE, 3]}, "the model takes [1, 64, 64, 3]"),
        ({"shape": [-1, SIDE, SIDE, 3]}, "the model takes [1, 64, 64, 3]"),
        ({"shape": []}, "the model takes [1, 64, 64, 3]"),
        ({"shape": [1, 2**62, 2**62, 3]}, "the model takes [1, 64, 64, 3]"),
        ({"shape": "1,64,64,3"}, "Expected `array`"),
        ({"datatype": "FP32"}, "send UINT8"),
        ({"datatype": "STRING"}, "send UINT8"),
        ({"name": "image"}, "the model takes one, 'picture'"),
        ({"data": [1, 2, 3]}, "another number of values"),
        ({"data": [256] * BYTES}, "<= 255"),
        ({"data": [-1] * BYTES}, ">= 0"),
        ({"data": [0.5] * BYTES}, "Expected `int`"),
        ({"data": [True] * BYTES}, "Expected `int`"),
        ({"data": ["a"] * BYTES}, "Expected `int`"),
        ({"data": [[[[0, 0], [0]]]]}, "another number of values"),
        ({"data": {}}, "Expected `array`"),
        ({"data": None}, "has no data"),
        ({"data": None, "parameters": {"shared_memory_region": "x"}}, "not offered"),
    ],
    ids=lambda each: None if isinstance(each, str) else "-".join(f"{k}-{str(v)[:20]}" for k, v in each.items()),
)
async def test_a_tensor_that_the_model_does_not_take_is_refused_with_what_it_takes(
    client: httpx.AsyncClient, changed: dict[str, Any], said: str
) -> None:
    refused = await client.post(INFER, json=infer_request(**changed))

    assert refused.status_code == 400
    assert said in refused.json()["error"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (b"{}", "missing required field `inputs`"),
        (b'{"inputs": []}', "inputs none"),
        (b'{"inputs": ' + b"[" * 50_000, "Expected `object`"),
        (b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "inputs": []}', "no inference request"),
        (json.dumps({"inputs": infer_request()["inputs"] * 2}).encode(), "the model takes one"),
        (json.dumps(infer_request() | {"outputs": [{"name": "other"}]}).encode(), "no output 'other', only: "),
        (json.dumps(infer_request() | {"outputs": [{"name": "other"}] * 2}).encode(), "no output"),
        (json.dumps(infer_request() | {"outputs": [{"name": "other"}] * 65}).encode(), "more than 64"),
    ],
    ids=range(12),
)
async def test_a_body_that_is_no_request_is_refused(client: httpx.AsyncClient, body: bytes, said: str) -> None:
    refused = await client.post(INFER, content=body)

    assert refused.status_code == 400
    assert said in refused.json()["error"]


@pytest.mark.parametrize(
    ("request_", "after", "length"),
    [
        (with_bytes(), b"", None),
        (with_bytes(), bytes(BYTES - 1), None),
        (with_bytes(), bytes(BYTES + 1), None),
        (with_bytes(BYTES - 1), bytes(BYTES - 1), None),
        (with_bytes(2**63), bytes(BYTES), None),
        (with_bytes(-1), bytes(BYTES), None),
        (with_bytes("12288"), bytes(BYTES), None),
        (with_bytes(size=True), b"\x00", None),
        (with_bytes(float(BYTES) + 0.5), bytes(BYTES), None),
        (infer_request(parameters={"binary_data_size": BYTES}), bytes(BYTES), None),
        (infer_request(), b"\x00", None),
        (with_bytes(), bytes(BYTES), 10**9),
        (with_bytes(), bytes(BYTES), -1),
        (with_bytes(), bytes(BYTES), "9" * 400),
        (with_bytes(), bytes(BYTES), "1e2"),
        (with_bytes(), bytes(BYTES), "٣"),
        (with_bytes(), bytes(BYTES), 0),
        (with_bytes(), bytes(BYTES), 10),
    ],
    ids=range(18),
)
async def test_sizes_of_the_binary_extension_that_lie_are_refused(
    client: httpx.AsyncClient, request_: dict[str, Any], after: bytes, length: Any
) -> None:
    body, headers = binary(request_, after, length)
    refused = await client.post(
        INFER, content=body, headers=[(key.encode(), value.encode()) for key, value in headers.items()]
    )

    assert refused.status_code == 400
    assert refused.json()["error"]


async def test_an_output_that_is_asked_for_twice_is_refused(client: httpx.AsyncClient) -> None:
    (output,) = (await client.get(BLOBS)).json()["outputs"]
    once = await client.post(INFER, json=infer_request() | {"outputs": [{"name": output["name"]}]})
    twice = await client.post(INFER, json=infer_request() | {"outputs": [{"name": output["name"]}] * 2})

    assert (once.status_code, twice.status_code) == (200, 400)
    assert "asked for twice" in twice.json()["error"]


async def test_unknown_models_versions_and_addresses_are_told(client: httpx.AsyncClient) -> None:
    for path in ("/v2/models/cats", "/v2/models/cats/ready", f"{BLOBS}/versions/1", f"{BLOBS}/versions/1/ready", "/v3"):
        unknown = await client.get(path)
        assert (unknown.status_code, list(unknown.json())) == (404, ["error"])
    asked = await client.post("/v2/models/..%2F..%2Fetc/infer", json=infer_request())
    wrong = await client.delete(BLOBS)

    assert asked.status_code == 404
    assert "blobs" in (await client.get("/v2/models/cats")).json()["error"]
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")


async def test_a_body_that_is_too_large_or_compressed_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65_536)

    unread = await client.post(INFER, content=endless(), headers={"content-length": "9" * 30})
    unending = await client.post(INFER, content=endless())
    squeezed = await client.post(INFER, content=b"x", headers={"content-encoding": "gzip"})

    assert [each.status_code for each in (unread, unending, squeezed)] == [413, 413, 415]
    assert "Content-Encoding" in squeezed.json()["error"]


async def test_everything_that_can_be_asked_is_described(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()

    assert set(described["paths"]) >= {"/v2", INFER.replace("blobs", "{name}"), "/detect", "/read"}
    assert "400" in described["paths"]["/detect"]["post"]["responses"]
