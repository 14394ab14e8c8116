"""Where it burns: real Kafka and PostgreSQL behind proxies, with tellers and projectors that are kept going."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import migrations
from infra.fire.proxy import Proxy
from infra.local import ports
from infra.local.kafka import Broker
from infra.local.services import Services

TELLERS = {"teller-1": ("north", "east"), "teller-2": ("south", "west")}
"""Each tells what happens in some stores."""
PROJECTORS = ("projector-1", "projector-2")
FACTS_A_SECOND = 60.0
STOP_PATIENCE_S = 90.0


class ProxiedBroker(Broker):
    """A broker that clients of the proxy find behind the proxy, also when they ask it where it is."""

    proxy_port: int
    behind_proxy: int

    def _write_properties(self) -> Path:
        file = super()._write_properties()
        plain = file.read_text()
        lines = dict(line.split("=", 1) for line in plain.splitlines())
        through = f"PROXIED://{ports.LOOPBACK}:{self.behind_proxy}"
        settings = {
            "listeners": f"{lines['listeners']},{through}",
            "advertised.listeners": f"{lines['advertised.listeners']},PROXIED://{ports.LOOPBACK}:{self.proxy_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
        file.write_text(plain + "".join(f"{name}={value}\n" for name, value in settings.items()))  # the last one counts
        return file


class Ground:
    """Services, proxies and processes of one fire; a context manager."""

    def __init__(self, folder: Path, seed: int, driver: str) -> None:
        self.folder, self._seed, self._driver = folder, seed, driver
        self.services = Services(folder / "services", prepare=migrations.upgrade, durable=False)
        records, log = self.services.records, folder / "services" / "logs" / "kafka.log"
        broker = ProxiedBroker(folder / "services" / "kafka", records, log)
        broker.proxy_port, broker.behind_proxy = ports.free_port(), ports.free_port()
        self.services.broker = broker
        self.kafka_proxy = Proxy(broker.proxy_port, broker.behind_proxy)
        self.database_proxy: Proxy
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self.services)
            opening.enter_context(self.kafka_proxy)
            port = urlsplit(self.services.database).port or 0
            self.database_proxy = opening.enter_context(Proxy(ports.free_port(), port))
            opening.callback(self._kill_all)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def start_missing(self) -> None:
        """Start every teller and projector that does not run."""
        for name, stores in TELLERS.items():
            if not self.is_alive(name):
                self.start(name, "-m", "infra.fire.teller", name, str(self._seed), str(FACTS_A_SECOND), *stores)
        for name in PROJECTORS:
            if not self.is_alive(name):
                self.start(name, "-m", "infra.cli", "projector", "--patience", "120")

    def start(self, name: str, *words: str, **environment: str) -> None:
        """Start a process under a name that has none."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  # every word is ours
                [sys.executable, *words],
                env=os.environ | self._settings() | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def is_alive(self, name: str) -> bool:
        """Return whether a process runs under that name."""
        return name in self.processes and self.processes[name].poll() is None

    def kill(self, name: str) -> bool:
        """Kill a process as power loss would; return whether there was one."""
        if not self.is_alive(name):
            return False
        self.signal(name, signal.SIGKILL)
        self.processes[name].wait()
        return True

    def signal(self, name: str, what: signal.Signals) -> None:
        """Send a process a signal, if it runs."""
        if self.is_alive(name):
            self.processes[name].send_signal(what)

    def stop(self, names: Sequence[str]) -> dict[str, int]:
        """Ask processes to end and wait; return how they ended, -9 where one had to be killed."""
        for name in names:
            self.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE_S
        for name in names:
            try:
                self.processes[name].wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill(name)
        return {name: self.processes[name].returncode for name in names}

    def _settings(self) -> dict[str, str]:
        through = urlsplit(self.services.database)
        password = through.netloc.rpartition("@")[0]
        place = f"{password}@{ports.LOOPBACK}:{self.database_proxy.port}"
        return {
            "SHOPFLOOR_KAFKA": f"{ports.LOOPBACK}:{self.kafka_proxy.port}",
            "SHOPFLOOR_DATABASE": urlunsplit(through._replace(netloc=place)),
            "SHOPFLOOR_DATA": str(self.folder),
            "SHOPFLOOR_DRIVER": self._driver,
        }

    def _kill_all(self) -> None:
        for name in self.processes:
            self.kill(name)
