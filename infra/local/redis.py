"""A real Redis as a child process, as a store would run one: for the tests, the fire and the benchmarks of the edge."""

import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from infra.errors import NoRedisServer, ServiceFailed
from infra.local import logs, ports
from infra.local.processes import Child, start_child

START_PATIENCE_S = 30.0
STOP_PATIENCE_S = 10.0
AS_DOCUMENTED = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": '""'}
"""What docs/edge.md asks for."""


class RedisServer:
    """One Redis whose data outlives it; started again, it keeps its port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder, self._settings = folder, AS_DOCUMENTED | dict(settings or {})
        self._port = ports.free_port()
        self._child: Child | None = None
        self._log = folder / "redis.log"

    @property
    def url(self) -> str:
        """`redis://127.0.0.1:port/0`."""
        return f"redis://{ports.LOOPBACK}:{self._port}/0"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._child is not None and self._child.is_alive()

    def start(self) -> None:
        """Start it and wait until it listens; raises `NoRedisServer` and `ServiceFailed`."""
        program = shutil.which("redis-server")
        if program is None:
            raise NoRedisServer
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = {"bind": ports.LOOPBACK, "port": str(self._port), "dir": str(self._folder), **self._settings}
        configuration = self._folder / "redis.conf"
        configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self._child = start_child([program, str(configuration)], record_file=self._folder / "redis.json", log=self._log)
        deadline = time.monotonic() + START_PATIENCE_S
        while not ports.accepts(self._port):
            if not self.is_alive() or time.monotonic() > deadline:
                raise ServiceFailed("Redis", self._log, logs.last_complaint(self._log))
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM, STOP_PATIENCE_S)
            self._child = None

    def kill(self, lost_bytes: int = 0) -> int:
        """End it as power loss would: the last so many bytes of its append-only file never came to the disk.

        Return how many were lost; `start` brings it back with the others.
        """
        if self._child is not None:
            self._child.kill()
        newest = max(self._folder.glob("appendonlydir/*.incr.aof"), key=lambda file: file.stat().st_mtime_ns)
        size = newest.stat().st_size
        lost = min(lost_bytes, size)
        with newest.open("r+b") as file:
            file.truncate(size - lost)
        return lost
