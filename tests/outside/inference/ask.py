"""Asks a model by NVIDIA's client: address, token and model. Prints one JSON object."""

import json
import sys
from typing import Any

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

ADDRESS, TOKEN, MODEL = sys.argv[1:4]


def headers() -> dict[str, str]:
    """Return the headers of one request: the client writes into them."""
    return {"Authorization": f"Bearer {TOKEN}"}


def given(entrance: dict[str, Any], shape: list[int], *, binary: bool) -> triton.InferInput:
    """Return a grey picture."""
    tensor = triton.InferInput(entrance["name"], shape, entrance["datatype"])
    tensor.set_data_from_numpy(np.full(shape, 90, np.uint8), binary_data=binary)
    return tensor


with triton.InferenceServerClient(ADDRESS.removeprefix("http://")) as client:
    metadata = client.get_model_metadata(MODEL, headers=headers())
    (entrance,), outputs = metadata["inputs"], metadata["outputs"]
    answers = []
    for binary in (True, False):
        wanted = [triton.InferRequestedOutput(each["name"], binary_data=binary) for each in outputs]
        picture = given(entrance, entrance["shape"], binary=binary)
        answer = client.infer(MODEL, [picture], outputs=wanted, request_id="5", headers=headers())
        answers.append([answer.as_numpy(each["name"]) for each in outputs])
    try:
        client.infer(MODEL, [given(entrance, [1, 2, 2, 3], binary=True)], headers=headers())
        refused = ""
    except InferenceServerException as problem:
        refused = str(problem)
    said = {
        "server": client.get_server_metadata(headers=headers()),
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "models": [client.is_model_ready(name, headers=headers()) for name in (MODEL, "cats")],
        "versions": [client.is_model_ready(MODEL, each, headers=headers()) for each in (metadata["versions"][0], "1")],
        "id": answer.get_response()["id"],
        "shapes": [list(each.shape) for each in answers[0]],
        "types": [str(each.dtype) for each in answers[0]],
        "binary_is_json": all(map(np.array_equal, *answers)),
        "refused": refused,
    }
    sys.stdout.write(json.dumps(said))
