"""Which machine and which programs measured; nothing that names the machine or its folders."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import psutil

PACKAGES = ("faust-streaming", "aiokafka", "psycopg", "sqlalchemy", "msgspec", "openvino", "strawberry-graphql")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a benchmark ran."""

    date: str
    """UTC, to the minute."""
    cpu: str
    cores: int
    """Logical cores that this process may use."""
    memory_gb: float
    system: str
    python: str
    packages: dict[str, str]
    load: float
    """Processes that wanted the processor in the minute before the run; well above 0 means a shared machine."""


def describe() -> Machine:
    """Return this machine, now."""
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: found for name in PACKAGES if (found := _version(name)) is not None},
        load=round(psutil.getloadavg()[0], 2),
    )


def _cpu() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
