"""The routes of the Open Inference Protocol."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from vision_workers.serving import protocol, tensors
from vision_workers.serving.answers import a_place, answer
from vision_workers.serving.bodies import read_body
from vision_workers.serving.metrics import Metrics
from vision_workers.serving.openapi import described, with_tensors
from vision_workers.serving.store import ServedModels

NAME = "shopfloor"
MOST_JSON_BYTES = 64_000_000
BYTES_OF_A_NUMBER = 8
ROOM_BYTES = 65_536
"""For names and shapes."""


class ProtocolRoutes:
    """Answers the protocol's questions about models, and asks the models themselves."""

    def __init__(self, models: ServedModels, metrics: Metrics, version: str) -> None:
        self._models, self._metrics, self._version = models, metrics, version

    def router(self, demand_token: Any) -> APIRouter:
        """Return the routes; all but the health of the server need a token."""
        router = APIRouter()
        router.add_api_route("/v2/health/live", self.live, **described(protocol.Live, is_open=True))
        router.add_api_route("/v2/health/ready", self.ready, **described(protocol.Ready, is_open=True))
        closed = APIRouter(dependencies=[Depends(demand_token)])
        closed.add_api_route("/v2", self.server, **described(protocol.ServerMetadata, 401))
        closed.add_api_route("/v2/models", self.names, **described(protocol.ModelNames, 401))
        for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
            closed.add_api_route(model, self.metadata, **described(protocol.ModelMetadata, 401, 404, 503))
            closed.add_api_route(f"{model}/ready", self.model_ready, **described(protocol.ModelReady, 401, 404, 503))
            closed.add_api_route(f"{model}/infer", self.infer, methods=["POST"], **with_tensors())
        router.include_router(closed)
        return router

    async def live(self) -> Response:
        """Say that the server answers; needs no token."""
        return answer(protocol.Live(live=True))

    async def ready(self) -> Response:
        """Say that models can be asked; needs no token. The server listens once they are loaded."""
        return answer(protocol.Ready(ready=True))

    async def server(self) -> Response:
        """Say who answers and which extensions it knows."""
        return answer(protocol.ServerMetadata(name=NAME, version=self._version, extensions=[protocol.BINARY]))

    async def names(self) -> Response:
        """Name every model that can be asked."""
        return answer(protocol.ModelNames([each.model.name for each in self._models.usable]))

    async def metadata(self, name: str, version: str | None = None) -> Response:
        """Say what a model takes and gives."""
        return answer(self._models.find(name, version).metadata)

    async def model_ready(self, name: str, version: str | None = None) -> Response:
        """Say whether a model can be asked."""
        return answer(protocol.ModelReady(name=self._models.find(name, version).model.name, ready=True))

    async def infer(self, request: Request, name: str, version: str | None = None) -> Response:
        """Return what a model gives for a tensor."""
        served = self._models.find(name, version)
        with a_place(served, self._metrics):
            body = await read_body(request, _most_bytes(served.entrance))
            asked, after = tensors.read_request(body, request.headers.get(tensors.HEADER))
            tensors.check_outputs(asked, [port.name for port in served.network.ports])
            outputs = await served.queue.infer(tensors.read_picture(asked, after, served.entrance))
        content, headers, media_type = tensors.write_answer(asked, served.model.name, served.version, outputs)
        return Response(content, headers=headers, media_type=media_type)


def _most_bytes(entrance: protocol.TensorMetadata) -> int:
    raw = entrance.shape[1] * entrance.shape[2] * entrance.shape[3]
    return max(raw, min(raw * BYTES_OF_A_NUMBER, MOST_JSON_BYTES)) + ROOM_BYTES
