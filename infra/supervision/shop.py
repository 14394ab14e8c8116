"""Everything that one installation runs: services, projector, API, sealer, monitor, dispatcher and worker."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from pydantic import SecretStr

import migrations
from event_store.errors import ShopfloorError
from infra.errors import InvalidSettings
from infra.local import ports
from infra.local.folder import FolderLock
from infra.local.processes import recover
from infra.local.services import Services
from infra.local.topics import make_topics
from infra.process_table import PROCESSES, metrics_ports
from infra.settings import CLUSTER, PREFIX, SECRETS_FOLDER, Settings
from infra.supervision.restarts import write_restarts
from infra.supervision.supervised import FIRST_PAUSE_S, LONGEST_PAUSE_S, Role, Supervised

OF_ONE_RECORD = (
    "keys",
    "publish",
    "publish_url",
    "publish_secret",
    "witnesses",
    "witness_quorum",
    "archive",
    "webhook_loopback",
)
"""Settings that belong to one record: an installation without its own must not take those of the environment."""

STOP_PATIENCE_S = 8.0
STATUS_EVERY_S = 1.0
DEFAULT_API_PORT = 8000


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run."""

    layouts: Sequence[Path] = ()
    real_time: bool = False
    start_time: str | None = None
    take: int = 1
    once: bool = False
    api_port: int | None = None
    """None: 8000, or a free one when that is taken."""
    origins: Sequence[str] = ()
    """The sites whose pages may ask the API."""
    serve_port: int | None = None
    """Where models are served; nowhere if absent."""


class Shop:
    """One installation, from its start until it is stopped; `tend` keeps it going."""

    def __init__(self, settings: Settings, wish: Wish) -> None:
        if (settings.kafka is None) != (settings.database is None):
            raise InvalidSettings(["set both SHOPFLOOR_KAFKA and SHOPFLOOR_DATABASE to use a cluster, or neither"])
        self.folder = settings.data.resolve()
        self._embedded = settings.kafka is None
        self.settings = settings.without_cluster() if self._embedded else settings
        self.wish = wish
        self.processes: list[Supervised] = []
        self.trouble = ""
        """Why an embedded service could not be started again, until it could."""
        self.api_port = self._choose_port()
        if wish.serve_port is not None:
            ports.demand_free(wish.serve_port, "the server of models")
        self._metrics_ports = self._demand_metrics_ports()
        self._services = Services(self.folder, prepare=migrations.upgrade, topics=settings.topic_specs)
        self._lock = FolderLock(self.folder)
        self._next_revival_at, self._pause_s = 0.0, FIRST_PAUSE_S
        self._next_status_at = 0.0

    @property
    def api(self) -> str:
        """Address of the API."""
        return f"http://{ports.LOOPBACK}:{self.api_port}"

    @property
    def token_file(self) -> Path:
        """Where the API's local administrator token is."""
        return self.folder / "token"

    @property
    def services(self) -> Services | None:
        """The embedded services, None when settings name a cluster."""
        return self._services if self._embedded else None

    @property
    def worker(self) -> Supervised | None:
        """The worker, None when no layout was given."""
        return next((each for each in self.processes if each.role.name == "worker"), None)

    def start(self) -> Self:
        """Start or reach Kafka and PostgreSQL, prepare them, and start every process; raises a `ShopfloorError`."""
        if self._embedded:
            self._services.start()
            self.settings = self.settings.with_addresses(self._services.kafka, self._services.database)
        else:
            self._lock.acquire()
            recover(self.folder / "processes")
            migrations.upgrade(self.settings.database_url())
            make_topics(self.settings.kafka_connection(), self.settings.topic_specs)
        for stale in (self.folder / "status").glob("*"):
            stale.unlink()
        bridged = self.settings.redis is not None
        roles = roles_of(self.wish, self.api_port, self._metrics_ports, bridged=bridged)
        self.processes = [Supervised(role, self.folder, self._environment()) for role in roles]
        self.tend()
        return self

    def tend(self) -> None:
        """Start again what died, if it is time to."""
        now = time.monotonic()
        for process in self.processes:
            process.tend(now)
        if self._embedded and now >= self._next_revival_at:
            self._revive(now)
        if now >= self._next_status_at:
            self._next_status_at = now + STATUS_EVERY_S
            write_restarts(self.folder, self.processes)

    def stop(self) -> None:
        """Stop every process, then the embedded services."""
        try:
            for process in self.processes:
                process.ask_to_stop()
            deadline = time.monotonic() + STOP_PATIENCE_S
            for process in self.processes:
                process.stop(max(0.1, deadline - time.monotonic()))
        finally:
            self._services.stop()
            self._lock.release()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _choose_port(self) -> int:
        if self.wish.api_port is not None:
            return ports.demand_free(self.wish.api_port, "the API")
        return ports.free_port(DEFAULT_API_PORT)

    def _demand_metrics_ports(self) -> Mapping[str, int]:
        first, host = self.settings.metrics_port, self.settings.metrics_host
        if first is None:
            return {}
        return {
            name: ports.demand_free(port, f"metrics of the {name}", host) for name, port in metrics_ports(first).items()
        }

    def _environment(self) -> Mapping[str, str]:
        database = SecretStr("") if self.settings.database is None else self.settings.database
        ours = [name for name in Settings.model_fields if name.startswith(CLUSTER)]
        return {
            **(
                dict.fromkeys((SECRETS_FOLDER, *(f"{PREFIX}{name.upper()}" for name in ours)), "")
                if self._embedded
                else {}
            ),
            f"{PREFIX}TOPIC_PREFIX": self.settings.topic_prefix,
            **{f"{PREFIX}{name.upper()}": _word(getattr(self.settings, name)) for name in OF_ONE_RECORD},
            "SHOPFLOOR_DATA": str(self.folder),
            "SHOPFLOOR_KAFKA": str(self.settings.kafka),
            "SHOPFLOOR_DATABASE": database.get_secret_value(),
            "SHOPFLOOR_LOG_FORMAT": "json",
            "SHOPFLOOR_LOG_LEVEL": os.environ.get("SHOPFLOOR_LOG_LEVEL", "INFO"),
        }

    def _revive(self, now: float) -> None:
        try:
            self._services.revive()
        except ShopfloorError as problem:
            self.trouble = str(problem)
            self._next_revival_at, self._pause_s = now + self._pause_s, min(LONGEST_PAUSE_S, 2 * self._pause_s)
        else:
            self.trouble, self._pause_s = "", FIRST_PAUSE_S


def _word(setting: object) -> str:
    if isinstance(setting, SecretStr):
        return setting.get_secret_value()
    return "" if setting is None else str(setting)


def roles_of(
    wish: Wish, api_port: int, metrics: Mapping[str, int] | None = None, *, bridged: bool = False
) -> list[Role]:
    """Return the processes that a wish needs; one worker watches all layouts and shares its models among them.

    A bridge runs where the settings name a Redis.
    """
    wanted = {
        "api": _api_options(wish, api_port),
        "worker": _worker_options(wish),
        "serve": ("--port", str(wish.serve_port)),
    }
    is_wanted = {"worker": bool(wish.layouts), "serve": wish.serve_port is not None, "bridge": bridged}
    served = {name: ("--metrics-port", str(port)) for name, port in (metrics or {}).items()}
    return [
        Role(
            name=name,
            words=(name, *wanted.get(name, ()), *served.get(name, ())),
            may_end=name == "worker" and wish.once,
        )
        for name in (each.name for each in PROCESSES)
        if is_wanted.get(name, True)
    ]


def _api_options(wish: Wish, port: int) -> tuple[str, ...]:
    return "--port", str(port), *(word for origin in wish.origins for word in ("--origin", origin))


def _worker_options(wish: Wish) -> tuple[str, ...]:
    options = [word for layout in wish.layouts for word in ("--layout", str(layout))]
    options += ["--real-time"] if wish.real_time else []
    options += ["--start-time", wish.start_time] if wish.start_time else []
    options += ["--take", str(wish.take)] if wish.take > 1 else []
    options += ["--once"] if wish.once else []
    return tuple(options)
