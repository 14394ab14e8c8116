"""The address where Prometheus reads a process's metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server


@contextmanager
def serve(registry: CollectorRegistry, port: int | None) -> Iterator[None]:
    """Serve metrics on a port of the loopback address for as long as the context lasts; not without a port."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
