"""The address where Prometheus reads a process's metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, start_http_server

from infra.errors import PortInUse
from infra.local.folder import free_bytes
from infra.settings import Settings


def describe_process(registry: CollectorRegistry, where: Settings) -> None:
    """Add what is told of every process: its own resources, the version, the room on the data folder's disk."""
    ProcessCollector(registry=registry)
    build = Gauge("shopfloor_build_info", "The version that runs", ["version"], registry=registry)
    build.labels(metadata.version("shopfloor")).set(1)
    free = Gauge("shopfloor_disk_free_bytes", "Room on the disk of the data folder", registry=registry)
    free.set_function(lambda: float(free_bytes(where.data)))


@contextmanager
def serve(registry: CollectorRegistry, where: Settings, port: int | None) -> Iterator[None]:
    """Serve metrics for as long as the context lasts, on a port or else on the setting's; not without either.

    Raises `PortInUse`.
    """
    chosen = where.metrics_port if port is None else port
    if chosen is None:
        yield
        return
    describe_process(registry, where)
    try:
        server, thread = start_http_server(chosen, addr=where.metrics_host, registry=registry)
    except OSError as problem:
        raise PortInUse(chosen, f"metrics on {where.metrics_host} ({problem.strerror})") from problem
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
