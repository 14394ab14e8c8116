"""Checks of the data folder: may it be written, is there room, does anything wait in it."""

import sqlite3
from pathlib import Path

from event_store.errors import ShopfloorError
from infra.health.finding import Finding, broken, doubtful, well
from infra.local import ports
from infra.local.folder import free_bytes, prepare
from infra.local.running import find_running
from infra.supervision.shop import DEFAULT_API_PORT

GIGABYTE = 1_000_000_000
ENOUGH_GB, TOO_LITTLE_GB = 5, 1
MANY_WAITING = 10_000
PLAYED = "SELECT count(DISTINCT store || camera || digest) FROM recordings WHERE whole"


def check_folder(folder: Path) -> Finding:
    """Look at whether the data folder can be written, and who uses it."""
    try:
        prepare(folder)
    except ShopfloorError as problem:
        return broken("data folder", str(problem), "set SHOPFLOOR_DATA to a folder that can be written")
    running = find_running(folder)
    used = f"its services are run by process {running.pid}" if running else "no services run in it"
    return well("data folder", f"{folder.resolve()}, {used}")


def check_disk(folder: Path) -> Finding:
    """Look at the room on the data folder's disk."""
    free = free_bytes(folder) / GIGABYTE
    detail = f"{free:.1f} GB free"
    cure = "make room, or set SHOPFLOOR_DATA to a folder on another disk"
    if free < TOO_LITTLE_GB:
        return broken("disk", detail, cure)
    return doubtful("disk", detail, cure) if free < ENOUGH_GB else well("disk", detail)


def check_ports(port: int = DEFAULT_API_PORT) -> Finding:
    """Look at whether the API's usual port can be had."""
    if ports.is_free(port):
        return well("ports", f"{port} is free for the API")
    return doubtful("ports", f"{port} is in use", "nothing if that is our API; else `up` takes a free one, or --port")


def check_spools(folder: Path) -> Finding:
    """Look at how many records of workers wait for the broker, and which recordings are played no more."""
    files = sorted((folder / "spool").glob("*.sqlite"))
    waiting = {file.stem: count for file in files if (count := _count(file, "SELECT count(*) FROM waiting"))}
    detail = ", ".join(f"{count} records wait in {name}" for name, count in waiting.items()) or "nothing waits"
    played = sum(max(0, _count(file, PLAYED)) for file in files)
    detail += f"; recordings played already, to their ends: {played}" if played else ""
    if any(count < 0 for count in waiting.values()):
        return broken("spool", detail, "run the worker: it says what is wrong with its spool")
    if sum(waiting.values()) > MANY_WAITING:
        return doubtful("spool", detail, "see whether Kafka answers and a worker runs; the spool drains by itself then")
    return well("spool", detail)


def _count(file: Path, query: str) -> int:
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)
        try:
            return int(connection.execute(query).fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return -1
