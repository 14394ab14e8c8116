"""Environments that other projects are installed in, each made by the first benchmark or test that needs it."""

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from infra.bench.processes import ROOT, last_line
from infra.errors import PeersUninstallable

PEERS = "peers"
PATIENCE_S = 300


def peer_python() -> Path:
    """Return the Python that has the peers of the benchmarks; raises `PeersUninstallable`."""
    return python_with(PEERS)


def python_with(packages: str) -> Path:
    """Return the Python that has one list of packages, installing them where they are not yet.

    Raises `PeersUninstallable`.
    """
    folder = _folder(packages)
    python = folder / "bin" / "python"
    if not python.exists():
        _uv("venv", "--python", sys.executable, str(folder))
    requirements = ROOT / "infra" / "requirements" / f"{packages}.txt"
    _uv("pip", "sync", "--python", str(python), "--require-hashes", str(requirements))
    return python


def peer_version(package: str) -> str:
    """Return the version of an installed peer."""
    (found,) = distributions(
        name=package, path=[str(each) for each in _folder(PEERS).glob("lib/python*/site-packages")]
    )
    return found.version


def _folder(packages: str) -> Path:
    return ROOT / f".venv-{packages}"


def _uv(*words: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    try:
        done = subprocess.run(  # noqa: S603  # our own installer, our own words
            [uv, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise PeersUninstallable(type(problem).__name__) from problem
    if done.returncode != 0:
        raise PeersUninstallable(last_line(done.stderr))
