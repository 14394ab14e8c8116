"""Programs in JavaScript whose packages are fetched by their lock."""

import shutil
import subprocess
from pathlib import Path

import pytest


def node_program(sources: Path, folder: Path, purpose: str) -> Path:
    """Copy a program and fetch its packages; skips where there is no Node, or where they cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"Node is not installed: {purpose}")
    shutil.copytree(sources, folder, ignore=shutil.ignore_patterns("node_modules"))
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"{purpose}: its packages cannot be had: {installed.stderr.strip()[-200:]}")
    return folder
