"""Answers as HTTP has them, and what every question goes through."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from event_store.errors import ShopfloorError
from vision_workers.serving.errors import RequestRefused
from vision_workers.serving.metrics import Metrics
from vision_workers.serving.protocol import Problem
from vision_workers.serving.store import ServedModel

JSON = "application/json"


def answer(content: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a message as JSON."""
    return Response(msgspec.json.encode(content), status, headers, JSON)


def tell_problems(app: FastAPI) -> None:
    """Let every error be told as the protocol has it, in the field `error`."""

    async def refused(_: Request, problem: Exception) -> Response:
        headers = problem.headers if isinstance(problem, RequestRefused) else None
        return answer(Problem(str(problem)), getattr(problem, "status", 503), headers)

    async def unknown(_: Request, problem: Any) -> Response:
        return answer(
            Problem(f"{problem.detail}; docs/inference.md names what can be asked"),
            problem.status_code,
            problem.headers,
        )

    async def unusable(_: Request, problem: Any) -> Response:
        said = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in problem.errors())
        return answer(Problem(said), 400)

    app.add_exception_handler(ShopfloorError, refused)
    app.add_exception_handler(HTTPException, unknown)
    app.add_exception_handler(RequestValidationError, unusable)


@contextmanager
def a_place(served: ServedModel, metrics: Metrics) -> Iterator[None]:
    """Hold a place in a model's queue, and count how that ends; raises `QueueFull`."""
    began, status = time.monotonic(), 500
    try:
        with served.queue.place():
            yield
        status = 200
    except RequestRefused as problem:
        status = problem.status
        raise
    finally:
        metrics.asked(served.model.name, status, time.monotonic() - began)
