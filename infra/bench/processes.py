"""Running a contender in a process of its own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from infra.bench.contenders.task import Taken, Task
from infra.errors import ContenderFailed

PATIENCE_S = 300
ROOT = Path(__file__).parents[2]


def run_module(module: str, task: Task, patience_s: float = PATIENCE_S) -> Taken:
    """Run one of ours on a task; raises `ContenderFailed`."""
    return run(module.rpartition(".")[2], [sys.executable, "-m", module], task, patience_s)


def run(name: str, program: Sequence[str], task: Task, patience_s: float = PATIENCE_S) -> Taken:
    """Run a program on a task, which is its one argument; its last line is the measurement."""
    said = msgspec.json.encode(task).decode()
    try:
        done = subprocess.run(  # noqa: S603  # programs of this package
            [*program, said],
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except subprocess.TimeoutExpired:
        raise ContenderFailed(name, f"it was not done after {patience_s:.0f} s") from None
    if done.returncode != 0 or not done.stdout:
        raise ContenderFailed(name, last_line(done.stderr))
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Taken)


def last_line(text: str) -> str:
    """Return the last line that a program wrote, which in Python is the error."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
