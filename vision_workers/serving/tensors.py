"""Tensors in and out: as JSON, or as raw bytes after it (the binary tensor extension)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from vision_workers.frames import Picture
from vision_workers.heads import Outputs, Values
from vision_workers.serving.errors import UnusableTensor
from vision_workers.serving.protocol import (
    InferRequest,
    InferResponse,
    RequestInput,
    RequestOutput,
    ResponseOutput,
    TensorMetadata,
)

HEADER = "Inference-Header-Content-Length"
"""How many bytes of a body are JSON; without it all of them are."""
UNOFFERED = ("classification", "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size")
MOST_PARTS = 64
"""More inputs or outputs than that no model has."""

Byte = Annotated[int, Meta(ge=0, le=255)]
FLAT = msgspec.json.Decoder(list[Byte])
NESTED = msgspec.json.Decoder(list[list[list[list[Byte]]]])
BEGINS_NESTED = re.compile(rb"\s*\[\s*\[")
REQUEST = msgspec.json.Decoder(InferRequest)


def read_request(body: bytearray, header: str | None) -> tuple[InferRequest, memoryview]:
    """Return a request's JSON and the bytes after it; raises `UnusableTensor`."""
    length = len(body) if header is None else _length(header, len(body))
    everything = memoryview(body)
    try:
        request = REQUEST.decode(everything[:length])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnusableTensor(f"the request is no inference request: {problem}") from None
    if len(request.inputs) > MOST_PARTS or len(request.outputs) > MOST_PARTS:
        raise UnusableTensor(f"more than {MOST_PARTS} inputs or outputs; no model has so many")
    _refuse_unoffered([*request.inputs, *request.outputs])
    return request, everything[length:]


def read_picture(request: InferRequest, after: memoryview, wanted: TensorMetadata) -> Picture:
    """Return the one tensor that a model takes; raises `UnusableTensor`, which says what would be right."""
    if [each.name for each in request.inputs] != [wanted.name]:
        names = ", ".join(repr(each.name[:100]) for each in request.inputs) or "none"
        raise UnusableTensor(f"inputs {names}; the model takes one, {wanted.name!r}")
    (given,) = request.inputs
    if given.datatype != wanted.datatype:
        raise UnusableTensor(f"{wanted.name!r} has datatype {given.datatype[:20]!r}; send {wanted.datatype}")
    if given.shape != wanted.shape:
        raise UnusableTensor(f"{wanted.name!r} has shape {str(given.shape)[:100]}; the model takes {wanted.shape}")
    size = given.parameters.get("binary_data_size")
    if size is None:
        return _from_json(given, wanted, after)
    return _from_bytes(given, wanted, after, size)


def write_answer(
    request: InferRequest, name: str, version: str, outputs: Outputs
) -> tuple[bytes, Mapping[str, str], str]:
    """Return an answer's body, its headers and its media type; raises `UnusableTensor` for outputs there are not."""
    told, raw = [], []
    for wanted in _wanted(request, outputs):
        values = outputs[wanted.name]
        if _is_binary(wanted, request):
            raw.append(np.ascontiguousarray(values, "<f4").tobytes())
        told.append(_told(wanted.name, values, raw[-1] if _is_binary(wanted, request) else None))
    answer = msgspec.json.encode(InferResponse(model_name=name, model_version=version, outputs=told, id=request.id))
    if not raw:
        return answer, {}, "application/json"
    return b"".join((answer, *raw)), {HEADER: str(len(answer))}, "application/octet-stream"


def check_outputs(request: InferRequest, known: Sequence[str]) -> None:
    """Raise `UnusableTensor` for outputs that the model does not have, or that are asked for twice."""
    names = [each.name for each in request.outputs]
    for name in names:
        if name not in known:
            raise UnusableTensor(f"the model has no output {name[:100]!r}, only: {', '.join(known)}")
    if len(set(names)) != len(names):
        raise UnusableTensor("an output is asked for twice; name each once")


def _length(header: str, most: int) -> int:
    if not (header.isascii() and header.isdigit() and len(header) <= len(str(most)) and int(header) <= most):
        raise UnusableTensor(f"{HEADER} is {header[:40]!r}; it must be a number of bytes, at most the body's {most:,}")
    return int(header)


def _refuse_unoffered(parts: Sequence[RequestInput | RequestOutput]) -> None:
    for part in parts:
        for name in UNOFFERED:
            if part.parameters.get(name):
                raise UnusableTensor(f"{part.name[:100]!r} has the parameter {name!r}, which is not offered here")


def _from_bytes(given: RequestInput, wanted: TensorMetadata, after: memoryview, size: Any) -> Picture:
    expected = int(np.prod(wanted.shape))
    if given.data is not UNSET:
        raise UnusableTensor(f"{wanted.name!r} has both data and binary_data_size; send one")
    if size != expected or isinstance(size, bool) or len(after) != expected:
        raise UnusableTensor(
            f"{wanted.name!r} says binary_data_size {str(size)[:40]} and {len(after):,} bytes follow the JSON; "
            f"both must be {expected:,}"
        )
    picture: Picture = np.frombuffer(after, np.uint8).reshape(wanted.shape)[0]
    return picture


def _from_json(given: RequestInput, wanted: TensorMetadata, after: memoryview) -> Picture:
    if isinstance(given.data, UnsetType):
        raise UnusableTensor(f"{wanted.name!r} has no data; send it in JSON, or binary_data_size and the bytes")
    if len(after):
        raise UnusableTensor(f"{len(after):,} bytes follow the JSON and no input has a binary_data_size")
    try:
        nested = BEGINS_NESTED.match(given.data)
        values = np.array((NESTED if nested else FLAT).decode(given.data), np.uint8)
        picture: Picture = values.reshape(wanted.shape)[0]
    except (msgspec.DecodeError, ValueError) as problem:
        told = problem if isinstance(problem, msgspec.DecodeError) else "it has another number of values"
        raise UnusableTensor(f"{wanted.name!r} cannot be read: {told}; send {wanted.shape} of 0 to 255") from None
    return picture


def _wanted(request: InferRequest, outputs: Outputs) -> Iterator[RequestOutput]:
    yield from request.outputs or [RequestOutput(name=name) for name in outputs]


def _is_binary(wanted: RequestOutput, request: InferRequest) -> bool:
    return bool(wanted.parameters.get("binary_data", request.parameters.get("binary_data_output", False)))


def _told(name: str, values: Values, raw: bytes | None) -> ResponseOutput:
    shape = list(values.shape)
    if raw is None:
        return ResponseOutput(name=name, datatype="FP32", shape=shape, data=values.ravel().tolist())
    return ResponseOutput(name=name, datatype="FP32", shape=shape, parameters={"binary_data_size": len(raw)})
