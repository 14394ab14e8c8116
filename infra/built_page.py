"""Whether the committed page was built from the sources beside it; nothing here needs Node.

`python -m infra.built_page` writes down what a build was made from, right after it.
"""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEB = Path("graphql_api/dashboard/web")
STATIC = Path("graphql_api/dashboard/static")
MADE = ("node_modules", "generated", "dist")
RECORD = WEB / "built.txt"
"""Digests of the sources and of the built files, a line each."""


def digests(root: Path = ROOT) -> str:
    """Return what the record says when both are as they are now."""
    return f"sources {_digest(root / WEB)}\nfiles {_digest(root / STATIC)}\n"


def is_page_fresh(root: Path = ROOT) -> bool:
    """Return whether neither the sources nor the built files changed since the build."""
    record = root / RECORD
    return record.exists() and record.read_text() == digests(root)


def _digest(folder: Path) -> str:
    summary = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] not in MADE and "generated" not in name.parts and name.name != RECORD.name:
            summary.update(f"{name.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return summary.hexdigest()


def main() -> int:
    """Write the record."""
    (ROOT / RECORD).write_text(digests())
    return 0


if __name__ == "__main__":
    sys.exit(main())
