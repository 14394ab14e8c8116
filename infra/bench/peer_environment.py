"""The environment that other projects are installed in, made by the first benchmark that needs it."""

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from infra.bench.processes import ROOT, last_line
from infra.errors import PeersUninstallable

FOLDER = ROOT / ".venv-peers"
REQUIREMENTS = ROOT / "infra" / "requirements" / "peers.txt"
PATIENCE_S = 300


def peer_python() -> Path:
    """Return the Python that has the peers, installing them where they are not yet; raises `PeersUninstallable`."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        _uv("venv", "--python", sys.executable, str(FOLDER))
    _uv("pip", "sync", "--python", str(python), "--require-hashes", str(REQUIREMENTS))
    return python


def peer_version(package: str) -> str:
    """Return the version of an installed peer."""
    (found,) = distributions(name=package, path=[str(each) for each in FOLDER.glob("lib/python*/site-packages")])
    return found.version


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
