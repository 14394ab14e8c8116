"""Websockets that can be closed from within while they wait for a message, whatever server is below."""

import asyncio

from starlette.types import Message, Receive, Send

from graphql_api.limits import MOST_BODY_BYTES

GONE: Message = {"type": "websocket.disconnect", "code": 1005, "reason": None}
TRANSPORT_IS_GONE = "ASGI flow error"
"""How Granian says that the client has left while something was being sent to it."""

TOO_LARGE: Message = {
    "type": "websocket.close",
    "code": 1009,
    "reason": f"a message may have {MOST_BODY_BYTES} bytes",
}
MOST_REASON_BYTES = 123
"""As many as the protocol has room for."""


def closable(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return `receive` and `send` of a websocket on which a close does not wait for the client's next message.

    Granian holds a close back while a receive is pending (seen in 2.8.7), so the receive is given up before. What is
    sent to a client that has left is dropped, as ASGI asks for.
    """
    waiting: set[asyncio.Future[Message]] = set()
    closed = asyncio.Event()

    async def received() -> Message:
        pending = asyncio.ensure_future(receive())
        waiting.add(pending)
        try:
            return await asyncio.shield(pending)
        except asyncio.CancelledError:
            if pending.cancelled():
                await closed.wait()  # who learns of the end might give up the task that is sending it
                return GONE
            pending.cancel()
            raise
        finally:
            waiting.discard(pending)

    async def sent(message: Message) -> None:
        closing = message["type"] == "websocket.close"
        if closing:
            for pending in waiting:
                pending.cancel()
            await asyncio.sleep(0)
        try:
            await send(message)
        except RuntimeError as problem:
            if TRANSPORT_IS_GONE not in str(problem):
                raise
        finally:
            if closing:
                closed.set()

    return received, sent


def bounded(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return `receive` and `send` of a websocket that is closed when a message is larger than a request may be."""

    async def received() -> Message:
        message = await receive()
        if len(message.get("text") or message.get("bytes") or "") > MOST_BODY_BYTES:
            await send(TOO_LARGE)
            return GONE
        return message

    async def sent(message: Message) -> None:
        if message["type"] == "websocket.close":
            message = {**message, "reason": _cut(message.get("reason") or "")}
        await send(message)

    return received, sent


def _cut(reason: str) -> str:
    return reason.encode(errors="replace")[:MOST_REASON_BYTES].decode(errors="ignore")
