"""The server of models as an ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from vision_workers.labels import LabelReader
from vision_workers.serving.answers import tell_problems
from vision_workers.serving.errors import NotAllowed
from vision_workers.serving.metrics import Metrics
from vision_workers.serving.openapi import describer
from vision_workers.serving.picture_routes import PictureRoutes
from vision_workers.serving.protocol_routes import ProtocolRoutes
from vision_workers.serving.readings import Reading
from vision_workers.serving.store import ServedModels

LABELS_WAITING = 8

MayAsk = Callable[[str | None], bool]
"""Tells whether an `Authorization` header stands for somebody who may ask."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is told at its start."""

    models: ServedModels
    may_ask: MayAsk
    make_reader: Callable[[], LabelReader]
    version: str
    labels_waiting: int = LABELS_WAITING


def make_app(setup: Setup) -> FastAPI:
    """Return the server, with its metrics in `state.metrics`; it belongs to the event loop that runs it."""
    metrics = Metrics(setup.models)
    pictures = PictureRoutes(setup.models, metrics, Reading(setup.make_reader, setup.labels_waiting))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await setup.models.close()
        pictures.close()

    def demand_token(request: Request) -> None:
        if not setup.may_ask(request.headers.get("authorization")):
            raise NotAllowed

    app = FastAPI(
        title="Shopfloor's models",
        description="The Open Inference Protocol, version 2, and two routes for pictures.",
        version=setup.version,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.metrics = metrics
    served = setup.models.usable[0]
    model, version = served.model.name, served.version
    describe = describer(app, {"name": model, "version": version, "model": model, "locale": "en_GB"})

    async def openapi() -> Response:
        return JSONResponse(describe())

    tell_problems(app)
    app.include_router(ProtocolRoutes(setup.models, metrics, setup.version).router(demand_token))
    app.include_router(pictures.router(demand_token))
    app.add_api_route("/openapi.json", openapi, include_in_schema=False, dependencies=[Depends(demand_token)])
    return app
