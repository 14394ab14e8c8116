"""The server of models: in this process, and by its command."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from tests.builders.networks import SIDE
from vision_workers.detectors import Device
from vision_workers.frames import Picture
from vision_workers.labels import find_locale
from vision_workers.labels.tesseract import TesseractReader
from vision_workers.models import Models
from vision_workers.serving.app import Setup, make_app
from vision_workers.serving.store import ServedModels

BEARER = "Bearer of the test"
KNOWN = {"authorization": BEARER}
BLOBS = "/v2/models/blobs"
BYTES = SIDE * SIDE * 3
PATIENCE_S = 60


class AskedModels:
    """A server in this process and a client of it."""

    def __init__(self, store: Path, waiting: int = 4) -> None:
        self.models = ServedModels(Models(store), Device("CPU"), waiting, only=["blobs"])
        self.app = make_app(
            Setup(
                models=self.models,
                may_ask=lambda header: header == BEARER,
                make_reader=lambda: TesseractReader(find_locale("en_GB")),
                version="1.2.3",
            )
        )

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client with a token; the server ends with it."""
        transport = httpx.ASGITransport(self.app)
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url="http://models", headers=headers or KNOWN) as client,
        ):
            yield client


def blue_person(side: int = SIDE) -> Picture:
    """Return a picture in which somebody blue stands in the middle."""
    picture = np.zeros((side, side, 3), np.uint8)
    picture[side // 4 : side * 3 // 4, side * 3 // 8 : side * 5 // 8] = (255, 0, 0)
    return picture


def infer_request(picture: Picture | None = None, **changed: Any) -> dict[str, Any]:
    """Return a request as JSON; what is given replaces a part of its one input."""
    data = (blue_person() if picture is None else picture).ravel().tolist()
    entrance = {"name": "picture", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 3], "data": data} | changed
    return {"id": "7", "inputs": [{key: value for key, value in entrance.items() if value is not None}]}


def encoded(picture: Picture, kind: str = ".png") -> bytes:
    """Return a picture as a file's bytes."""
    return bytes(cv2.imencode(kind, picture)[1])


class ModelServer:
    """The command `shopfloor serve` as a process."""

    def __init__(self, process: "subprocess.Popen[str]", address: str, data: Path) -> None:
        self.process, self.address = process, address
        self.token = (data / "token").read_text().strip()

    def stop(self) -> tuple[int, str]:
        """Send SIGTERM; return the exit status and what was written to stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, stderr = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, stderr


@contextmanager
def running_server(data: Path, *words: str) -> Iterator[ModelServer]:
    """Run it on a free port with this data folder until the context ends."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "serve", "--port", "0", *words],
        env=given | {"SHOPFLOOR_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+?(?=/v2)", line)
        assert found, f"{line}{process.communicate(timeout=5)[1] if process.poll() is not None else ''}"
        yield ModelServer(process, found[0], data)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
