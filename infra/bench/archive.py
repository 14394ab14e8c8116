"""Measurements kept beside the report, one small JSON file for each benchmark."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from infra.bench.figures import Results
from infra.bench.machine import Machine


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a benchmark: where, when, how long it took, what came out."""

    name: str
    title: str
    machine: Machine
    seed: int
    rounds: int
    quick: bool
    took_s: int
    results: Results


def keep(folder: Path, measured: Measured) -> None:
    """Write a benchmark's file in place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(measured), indent=1)
    (folder / f"{measured.name}.json").write_bytes(text + b"\n")


def kept(folder: Path, names: Sequence[str]) -> dict[str, Measured]:
    """Return what was kept of some benchmarks, by name."""
    files = {name: folder / f"{name}.json" for name in names}
    return {
        name: msgspec.json.decode(file.read_bytes(), type=Measured) for name, file in files.items() if file.exists()
    }
