"""Programs in Go, built from the sources that lie beside a test."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def go_program(sources: Path, binary: Path, purpose: str) -> Path:
    """Build a program and return it; skips where there is no Go, or where its modules cannot be had."""
    go = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
    if go is None:
        pytest.skip(f"Go is not installed: {purpose}")
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    download = [go, "mod", "download"]
    fetched = subprocess.run(download, cwd=sources, env=environment, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the Go modules cannot be had: {fetched.stderr.strip().splitlines()[-1]}")
    subprocess.run([go, "build", "-o", binary, "."], cwd=sources, env=environment, check=True)
    return binary
