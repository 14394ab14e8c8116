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
SEALER = "sealer"
SEAL_EVERY_S = 2.0
FACTS_A_SECOND = 60.0
STOP_PATIENCE_S = 90.0
HEAR_PATIENCE_S = 30.0
LAST_WORD = 300
ENDS_WHEN_ASKED = {0, -signal.SIGTERM}
"""The second is that of a process which was asked before it had begun to listen."""


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
        self.surprises: list[str] = []
        """What ended without our doing, or otherwise than it was asked to."""
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

    def start_missing(self, names: Sequence[str] = (*TELLERS, *PROJECTORS, SEALER)) -> None:
        """Start the tellers, the projectors and the sealer among these names that do not run, as a supervisor does."""
        for name in names:
            if not self.is_alive(name):
                self._note_an_end_of_its_own(name)
                self.start(name, *self.words(name))

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
        self.processes.pop(name).wait()
        return True

    def has_killed_itself(self, name: str, patience_s: float) -> bool:
        """Wait for the end of a process that is to kill itself; return whether it did, and ask it to end if not."""
        try:
            ended = self.processes[name].wait(patience_s)
        except subprocess.TimeoutExpired:
            self.stop([name])
            return False
        if ended == -signal.SIGKILL:
            self.processes.pop(name)
        return ended == -signal.SIGKILL

    def wait_until_heard(self, name: str, what: signal.Signals) -> bool:
        """Wait until a process has a handler for a signal, which would end it before; return whether it has."""
        deadline = time.monotonic() + HEAR_PATIENCE_S
        while time.monotonic() < deadline and self.is_alive(name):
            status = Path(f"/proc/{self.processes[name].pid}/status").read_text()
            (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
            if int(caught, 16) >> (what - 1) & 1:
                return True
            time.sleep(0.1)
        return False

    def signal(self, name: str, what: signal.Signals) -> None:
        """Send a process a signal, if it runs."""
        if self.is_alive(name):
            self.processes[name].send_signal(what)

    def let_finish(self, names: Sequence[str]) -> None:
        """Ask processes to end as soon as they listen: one that was started just now has not sent what waits."""
        for name in names:
            self.wait_until_heard(name, signal.SIGTERM)
        self.stop(names)

    def stop(self, names: Sequence[str]) -> None:
        """Ask processes to end and wait; one that does not within its time is killed, and remembered."""
        for name in names:
            self._note_an_end_of_its_own(name)
            self.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE_S
        for name in [each for each in names if each in self.processes]:
            try:
                ended = self.processes[name].wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill(name)
                self.surprises.append(f"{name} did not end within {STOP_PATIENCE_S:g} s when it was asked to")
            else:
                del self.processes[name]
                if ended not in ENDS_WHEN_ASKED:
                    self.surprises.append(f"{name} ended with {ended} when it was asked to: {self._last_word(name)}")

    def _note_an_end_of_its_own(self, name: str) -> None:
        """Remember an end that is not our doing."""
        if name in self.processes and (ended := self.processes[name].poll()) is not None:
            self.surprises.append(f"{name} ended by itself with {ended}: {self._last_word(name)}")
            del self.processes[name]

    def _last_word(self, name: str) -> str:
        return "".join((self.folder / f"{name}.log").read_text().splitlines()[-1:])[-LAST_WORD:]

    def words(self, name: str) -> Sequence[str]:
        """Return what starts a process of this name."""
        if name in TELLERS:
            return ("-m", "infra.fire.teller", name, str(self._seed), str(FACTS_A_SECOND), *TELLERS[name])
        if name == SEALER:
            return ("-m", "infra.cli", "sealer", "--every", str(SEAL_EVERY_S))
        return ("-m", "infra.cli", "projector", "--patience", "120")

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
        for name in list(self.processes):
            self.kill(name)
