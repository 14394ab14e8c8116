"""Free ports on the loopback address."""

import secrets
import socket
from pathlib import Path

from infra.errors import PortInUse

LOOPBACK = "127.0.0.1"
CHOICE = range(20_000, 32_000)
"""Below the ports that systems give to clients: a client that tries to reach a server that is down, again and again,
would one day get the server's own port and connect to itself."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether the port can be listened on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """Return the preferred port if it is free, otherwise one chosen at random."""
    while preferred is None or not is_free(preferred):
        preferred = secrets.choice(CHOICE)
    return preferred


def recall(file: Path) -> int | None:
    """Return the port that a file holds; None without one that can be read."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def demand_free(port: int, what: str, host: str = LOOPBACK) -> int:
    """Return the port that must be had; raises `PortInUse`."""
    if not is_free(port, host):
        raise PortInUse(port, what)
    return port


def accepts(port: int) -> bool:
    """Return whether something listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.settimeout(0.5)
        return client.connect_ex((LOOPBACK, port)) == 0
