"""The messages of the Open Inference Protocol, version 2, as JSON.

Source: the protocol's REST specification, and its binary tensor extension as Triton Inference Server documents it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

BINARY = "binary_tensor_data"
"""The extension's name."""


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers."""

    name: str
    version: str
    extensions: list[str]


class Live(msgspec.Struct, frozen=True):
    """Whether the server answers at all."""

    live: bool


class Ready(msgspec.Struct, frozen=True):
    """Whether models can be asked."""

    ready: bool


class ModelReady(msgspec.Struct, frozen=True):
    """Whether one model can be asked."""

    name: str
    ready: bool


class ModelNames(msgspec.Struct, frozen=True):
    """Every model that is served."""

    models: list[str]


class TensorMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """One input or output; -1 is a dimension that is open."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class RequestInput(msgspec.Struct, frozen=True, kw_only=True):
    """A tensor that is sent, in JSON or after it."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] = {}
    data: msgspec.Raw | UnsetType = UNSET


class RequestOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A tensor that is asked for."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request; all outputs where it names none."""

    inputs: list[RequestInput]
    id: str | UnsetType = UNSET
    parameters: dict[str, Any] = {}
    outputs: list[RequestOutput] = []


class ResponseOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A tensor of an answer, in JSON or after it."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, int] | UnsetType = UNSET
    data: Sequence[float | None] | UnsetType = UNSET
    """Null for what is no number."""


class InferResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    model_name: str
    model_version: str
    outputs: list[ResponseOutput]
    id: str | UnsetType = UNSET


class Problem(msgspec.Struct, frozen=True):
    """What is wrong."""

    error: str
