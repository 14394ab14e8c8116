"""The command `shopfloor api` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from tests.builders.asking import Client

PATIENCE_S = 60


class Server:
    """A running API."""

    def __init__(self, process: "subprocess.Popen[str]", address: str, data: Path) -> None:
        self.process = process
        self.address = address
        self.token = (data / "token").read_text().strip()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Open a client."""
        async with httpx.AsyncClient(base_url=self.address) as http:
            yield Client(http)

    def stop(self) -> tuple[int, str]:
        """Send SIGTERM; return the exit status and what was written to stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, stderr = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, stderr


@contextmanager
def running_api(database: str, data: Path, *words: str, **environment: str) -> Iterator[Server]:
    """Run the API on a free port, with a data folder of its own, until the context ends."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "api", "--port", "0", *words],
        env=given | {"SHOPFLOOR_DATA": str(data), "SHOPFLOOR_DATABASE": database} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+?(?=/graphql)", line)
        assert found, f"{line}{process.communicate(timeout=5)[1] if process.poll() is not None else ''}"
        yield Server(process, found[0], data)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
