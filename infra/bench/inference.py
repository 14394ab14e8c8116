"""The server of models with eight clients, beside the same network in a bare asynchronous loop."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import msgspec
import psutil

from infra.bench.asking import busy
from infra.bench.bench import Bench
from infra.bench.figures import Aim, Results
from infra.bench.processes import ROOT
from infra.bench.requests import Asker
from infra.bench.rounds import Comparison, results, take_turns
from infra.bench.watching import MODEL
from infra.errors import ContenderFailed
from vision_workers.detectors import Device
from vision_workers.detectors.network import Network
from vision_workers.detectors.trial_picture import trial_picture
from vision_workers.frames import Picture
from vision_workers.heads import InputSize
from vision_workers.models import DEFAULT_MODEL, Model, Models
from vision_workers.models.pull import pull

CLIENTS = 8
OURS, BARE = "our server of models", "a bare asynchronous loop"
HEADER = "Inference-Header-Content-Length"
ROW = Comparison(
    what="Pictures over HTTP, eight clients",
    peer=BARE,
    aim=Aim(limit=0.85),
    how="raw tensors by the Open Inference Protocol, counted against the server's own processor time; the peer keeps "
    "the queue of the same compiled network full in one process, and does nothing else",
)


class _Race(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What both run on."""

    model: Model
    network: Network
    picture: Picture
    data: Path

    def request(self) -> bytes:
        """Return what a client sends."""
        entrance = {"name": self.network.entrance, "datatype": "UINT8", "shape": [1, *self.picture.shape]}
        said = {"inputs": [entrance | {"parameters": {"binary_data_size": self.picture.nbytes}}]}
        return json.dumps(said | {"parameters": {"binary_data_output": True}}).encode()


def measure(bench: Bench) -> Results:
    """Ask with eight clients for some seconds, and let the bare loop run as long."""
    models, taken = Models(bench.folder / "models"), bench.size(8, 3)
    model = models.find(DEFAULT_MODEL) if bench.shared is None else pull(models, MODEL, bench.shared / "models")
    described = model.description.input
    race = _Race(
        model=model,
        network=Device("CPU").network(model),
        picture=trial_picture(InputSize(described.width, described.height)),
        data=bench.folder / "serving",
    )
    rounds = take_turns(
        {OURS: lambda _: _serve(race, taken), BARE: lambda _: _loop(race, taken)},
        bench.rounds,
        unit="pictures per CPU second",
    )
    return results(rounds, OURS, [ROW])


def _loop(race: _Race, seconds: float) -> float:
    count, began, before = 0, time.monotonic(), time.process_time()
    while time.monotonic() < began + seconds:
        race.network.start(race.picture, lambda _: None)
        count += 1
    race.network.wait()
    return count / (time.process_time() - before)


def _serve(race: _Race, seconds: float) -> float:
    with _serving(race) as (server, port, token):
        said = race.request()
        asker = Asker(
            port,
            token,
            said + race.picture.tobytes(),
            path=f"/v2/models/{race.model.name}/infer",
            media_type=f"application/octet-stream\r\n{HEADER}: {len(said)}",
        )
        if b'"model_name"' not in asyncio.run(asker.once()):
            raise ContenderFailed(OURS, "it does not answer with a tensor")
        asyncio.run(asker.keep_asking(CLIENTS, 1.0))
        before = busy(server)
        asked = asyncio.run(asker.keep_asking(CLIENTS, seconds))
        return asked / (busy(server) - before)


@contextmanager
def _serving(race: _Race) -> Iterator[tuple[psutil.Process, int, str]]:
    """Run the server; yield its port and its administrator's token."""
    command = [sys.executable, "-m", "infra.cli", "serve", "--port", "0", "--model", str(race.model.folder)]
    environment = os.environ | {"SHOPFLOOR_DATA": str(race.data)}
    with Popen(command, stdout=PIPE, stderr=DEVNULL, text=True, cwd=ROOT, env=environment) as server:  # noqa: S603 - ours
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                raise ContenderFailed(OURS, "it did not start")
            port = int(line.partition("/v2")[0].rpartition(":")[2])
            yield psutil.Process(server.pid), port, (race.data / "token").read_text().strip()
        finally:
            server.terminate()
