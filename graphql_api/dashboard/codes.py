"""The code in the printed address: it logs in once, so that a first look needs no copying of a token."""

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

FILE = "page_code"
LASTS_S = 12 * 3600.0


def make_code(data: Path) -> str:
    """Return a new code, in place of the one before; the data folder keeps its digest."""
    code, path = secrets.token_urlsafe(24), data / FILE
    data.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(_digest(code))
    return code


def take_code(data: Path, code: str) -> bool:
    """Tell whether a code is the one that was made, which is used up by that."""
    path = data / FILE
    try:
        expected, age_s = path.read_text(), time.time() - path.stat().st_mtime
    except OSError:
        return False
    if age_s > LASTS_S or not hmac.compare_digest(expected, _digest(code)):
        return False
    path.unlink(missing_ok=True)
    return True


def page_address(api: str, data: Path) -> str:
    """Return the address to open in a browser on this machine, with a new code behind the `#`, which no server sees."""
    return f"{api}/#code={make_code(data)}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
