"""Bodies of strangers: bounded before they are read, and cut into lines that are read one by one."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import msgspec
from starlette.requests import ClientDisconnect, Request

from graphql_api.ingest.errors import TooLarge, TooSlow, UnusableBody, WrongMediaType

JSON, NDJSON = "application/json", "application/x-ndjson"
MOST_BYTES = 4_000_000
MOST_LINES = 10_000
LONGEST_LINE = 4_000
MOST_DIGITS = 12
PATIENCE_S = 20.0

Line = dict[Annotated[str, msgspec.Meta(max_length=20)], Annotated[str, msgspec.Meta(max_length=1_000)]]
_LINES = msgspec.json.Decoder(list[msgspec.Raw])
_LINE = msgspec.json.Decoder(Line)


def media_type(request: Request) -> str:
    """Return what the body is; raises `WrongMediaType`."""
    name = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if name not in {JSON, NDJSON}:
        raise WrongMediaType(f"the body is neither {JSON} nor {NDJSON}; say which it is in `content-type`")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongMediaType("the body is packed; send it as it is")
    return name


async def read_body(request: Request) -> bytes:
    """Return the body; refuses one that is too large before it is read whole."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise UnusableBody("content-length is no number")
    if len(length) > MOST_DIGITS or int(length) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise _too_large()
    except TimeoutError as problem:
        raise TooSlow(f"the body did not come within {PATIENCE_S:.0f} s; send it again") from problem
    except ClientDisconnect as problem:
        raise UnusableBody("the body ends before its end") from problem
    return bytes(body)


def cut(body: bytes, kind: str) -> list[tuple[int, bytes]]:
    """Return the lines of a body with their numbers, the first being 1; raises `UnusableBody` and `TooLarge`."""
    lines = list(_of_ndjson(body) if kind == NDJSON else _of_json(body))
    if len(lines) > MOST_LINES:
        raise TooLarge(f"the body has more than {MOST_LINES} lines; send them in several")
    if not lines:
        raise UnusableBody("the body holds nothing; send at least one line")
    return lines


def read_line(line: bytes) -> dict[str, str]:
    """Read one line, a flat object of texts; raises ValueError that says what is wrong."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"it has more than {LONGEST_LINE} bytes")
    try:
        return _LINE.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
        raise ValueError(f"it is no JSON object of texts: {problem}") from problem


def _of_ndjson(body: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def _of_json(body: bytes) -> Iterator[tuple[int, bytes]]:
    try:
        lines = _LINES.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as problem:
        raise UnusableBody(f"the body is no JSON array: {problem}") from problem
    for number, line in enumerate(lines, start=1):
        yield number, bytes(line)


def _too_large() -> TooLarge:
    return TooLarge(f"the body is larger than {MOST_BYTES} bytes; send it in several")
