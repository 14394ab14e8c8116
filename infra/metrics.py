"""The address where Prometheus reads a process's metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from infra.errors import PortInUse
from infra.settings import Settings


@contextmanager
def serve(registry: CollectorRegistry, where: Settings, port: int | None) -> Iterator[None]:
    """Serve metrics for as long as the context lasts, on a port or else on the setting's; not without either.

    Raises `PortInUse`.
    """
    chosen = where.metrics_port if port is None else port
    if chosen is None:
        yield
        return
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
