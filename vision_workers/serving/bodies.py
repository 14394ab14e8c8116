"""Reading what a client sends: never more than is of use, and never without end."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from vision_workers.serving.errors import BodyTooLarge, BodyTooSlow, UnsupportedMedia, UnusableQuestion

PATIENCE_S = 20.0


async def read_body(request: Request, most: int, seconds: float = PATIENCE_S) -> bytearray:
    """Return a request's body; raises a `RequestRefused` for one that is too large, too slow or compressed."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise UnsupportedMedia("compressed bodies are not taken; send it without Content-Encoding")
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and (len(told) > len(str(most)) + 1 or int(told) > most):
        raise BodyTooLarge(most)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise BodyTooLarge(most)
    except TimeoutError:
        raise BodyTooSlow(seconds) from None
    except ClientDisconnect:
        raise UnusableQuestion("the body ended before it was whole; send it again") from None
    return body
