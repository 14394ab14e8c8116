"""The log files of embedded services."""

import re
import shutil
from pathlib import Path

LAST_BYTES = 20_000
FULL_BYTES = 10_000_000
"""With less room neither service starts."""
COMPLAINT = re.compile(r"\b(FATAL|ERROR|PANIC|Exception|error)\b")


def rotate(log: Path) -> None:
    """Begin a new log and keep the one before it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))


def last_complaint(log: Path) -> str:
    """Return the last line that says what went wrong, or the last line at all, or nothing.

    A full disk is said first: what could not be written says nothing.
    """
    free = shutil.disk_usage(log.parent)[2] if log.parent.exists() else FULL_BYTES
    if free < FULL_BYTES:
        return f"the disk is full ({free // 1_000_000} MB are free); make room and start again"
    try:
        lines = log.read_bytes()[-LAST_BYTES:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    lines = [line.strip() for line in lines if line.strip() and not line.startswith("\tat ")]
    complaints = [line for line in lines if COMPLAINT.search(line)]
    return (complaints or lines or [""])[-1]
