"""PostgreSQL refuses to run as root: the account it runs as instead, and the folders that this account must pass."""

import os
import pwd
import shutil
import signal
import stat
import sys
from pathlib import Path

from infra.local import launcher

CANDIDATES = ("postgres", "nobody")


def account() -> str | None:
    """Return the account for PostgreSQL's processes; None when the current user can run them."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in CANDIDATES if name in known)


def as_account() -> list[str]:
    """Return the words that go before a command to run it as that account."""
    owner = account()
    if owner is None:
        return []
    return [sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), str(int(signal.SIGKILL)), owner, "--"]


def let_pass(owned: Path, *programs: Path) -> None:
    """Give a folder to the account and let it pass, not list, the folders above it and above the programs."""
    owner = account()
    if owner is None:
        return
    shutil.chown(owned, owner)
    for folder in (
        *owned.resolve().parents,
        *(parent for path in programs for parent in [path, *path.resolve().parents]),
    ):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
