"""The routes that take a picture and say what is in it. None is kept: it is gone once it is answered."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from vision_workers.frames import Picture
from vision_workers.serving.answers import a_place, answer
from vision_workers.serving.bodies import read_body
from vision_workers.serving.detections import DetectAnswer, detect
from vision_workers.serving.errors import UnsupportedMedia
from vision_workers.serving.metrics import Metrics
from vision_workers.serving.openapi import ASKING, with_pictures
from vision_workers.serving.pictures import FORMATS, MOST_BYTES, decode
from vision_workers.serving.readings import ReadAnswer, Reading
from vision_workers.serving.store import ServedModels

DECODING_AT_ONCE = 2
"""Bounds the memory that decoded pictures take."""


class PictureRoutes:
    """Decodes pictures and asks for what they show."""

    def __init__(self, models: ServedModels, metrics: Metrics, reading: Reading) -> None:
        self._models, self._metrics, self._reading = models, metrics, reading
        warnings.filterwarnings(
            "ignore", module=r"PIL\."
        )  # what is odd in a stranger's picture is told to the stranger
        self._decoding = ThreadPoolExecutor(DECODING_AT_ONCE, "pictures")

    def router(self, demand_token: Any) -> APIRouter:
        """Return the routes; all need a token."""
        router = APIRouter(dependencies=[Depends(demand_token)])
        router.add_api_route("/detect", self.detect, methods=["POST"], **with_pictures(DetectAnswer, *ASKING))
        read = with_pictures(ReadAnswer, 400, 401, 408, 413, 415, 429)
        router.add_api_route("/read", self.read, methods=["POST"], **read)
        return router

    async def detect(self, request: Request, model: str | None = None) -> Response:
        """Return what a model finds in a picture; the default model where none is named."""
        served = self._models.find(model)
        with a_place(served, self._metrics):
            found = await detect(served, await self._picture_of(request))
        return answer(found)

    async def read(self, request: Request, locale: str) -> Response:
        """Return what a price label says in a picture that shows nothing else."""
        with self._reading.place():
            return answer(await self._reading.read(await self._picture_of(request), locale))

    def close(self) -> None:
        """End the threads."""
        self._decoding.shutdown()
        self._reading.close()

    async def _picture_of(self, request: Request) -> Picture:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in FORMATS:
            raise UnsupportedMedia(f"send the picture's bytes with the Content-Type {' or '.join(FORMATS)}")
        content = await read_body(request, MOST_BYTES)
        return await asyncio.get_running_loop().run_in_executor(self._decoding, decode, content, media_type)
