"""The OpenAPI description of the server of models: shapes of messages, and which statuses each route answers with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from vision_workers.serving import protocol
from vision_workers.serving.detections import DetectAnswer
from vision_workers.serving.pictures import FORMATS
from vision_workers.serving.readings import ReadAnswer

MESSAGES = (
    protocol.ServerMetadata,
    protocol.Live,
    protocol.Ready,
    protocol.ModelReady,
    protocol.ModelNames,
    protocol.ModelMetadata,
    protocol.InferResponse,
    protocol.Problem,
    DetectAnswer,
    ReadAnswer,
)
REFERENCE = "#/components/schemas/{name}"
TOKEN = "token"  # noqa: S105 - a scheme's name
ABOUT = {
    400: "Something in the request cannot be used; `error` says what would be right.",
    401: "No valid token.",
    404: "No such model, or no such version of it.",
    408: "The body did not come in time.",
    413: "The body is larger than such a request can be.",
    415: "A media type or an encoding that is not taken.",
    429: "As many requests wait as may; `Retry-After` says when to come back.",
    503: "The model cannot be used.",
    504: "The device does not answer.",
}
ASKING = (400, 401, 404, 408, 413, 415, 429, 503, 504)


def described(answer: type[msgspec.Struct], *statuses: int, is_open: bool = False) -> dict[str, Any]:
    """Return what FastAPI's decorators take to describe a route."""
    responses: dict[int | str, dict[str, Any]] = {200: _json(answer.__name__, "The answer.")}
    responses |= {status: _json("Problem", ABOUT[status]) for status in statuses}
    return {"responses": responses, "openapi_extra": {"security": [] if is_open else [{TOKEN: []}]}}


def with_pictures(answer: type[msgspec.Struct], *statuses: int) -> dict[str, Any]:
    """Return the same for a route that takes a picture."""
    route = described(answer, *statuses)
    content = {media: {"schema": {"type": "string", "format": "binary"}} for media in FORMATS}
    route["openapi_extra"]["requestBody"] = {"required": True, "content": content}
    return route


def with_tensors() -> dict[str, Any]:
    """Return the same for a route that takes tensors."""
    route = described(protocol.InferResponse, *ASKING)
    (schema,), _ = msgspec.json.schema_components([protocol.InferRequest], ref_template=REFERENCE)
    content = {"application/json": {"schema": schema}}
    route["openapi_extra"]["requestBody"] = {"required": True, "content": content}
    binary = {"schema": {"type": "string", "format": "binary"}}
    route["responses"][200]["content"]["application/octet-stream"] = binary
    return route


def describer(app: FastAPI, examples: Mapping[str, str]) -> Callable[[], dict[str, Any]]:
    """Return the function that makes the description of an application, once; examples are of its parameters."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            for operation in (each for path in made["paths"].values() for each in path.values()):
                operation["responses"].pop("422", None)  # what FastAPI refuses is told with 400
                for parameter in operation.get("parameters", ()):
                    parameter["example"] = examples[parameter["name"]]
            components = made.setdefault("components", {})
            components["schemas"] = _schemas((*MESSAGES, protocol.InferRequest))
            components["securitySchemes"] = {TOKEN: {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = made
        return app.openapi_schema

    return describe


def _json(name: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": {"$ref": REFERENCE.format(name=name)}}}}


def _schemas(messages: Sequence[type[msgspec.Struct]]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components(messages, ref_template=REFERENCE)
    return components
