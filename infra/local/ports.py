"""Free ports on the loopback address."""

import socket

from infra.errors import PortInUse

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether the port can be listened on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """Return the preferred port if it is free, otherwise one that the system chooses."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def demand_free(port: int, what: str) -> int:
    """Return the port that the user asked for; raises `PortInUse`."""
    if not is_free(port):
        raise PortInUse(port, what)
    return port


def accepts(port: int) -> bool:
    """Return whether something listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.settimeout(0.5)
        return client.connect_ex((LOOPBACK, port)) == 0
