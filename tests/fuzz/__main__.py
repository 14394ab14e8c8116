"""`python -m tests.fuzz DATABASE [--seed N] [--share S]`: all mutants, or a share, through all readers in a row.

The database is migrated and empty, and its address a superuser's.
"""

import argparse
import tempfile
from pathlib import Path
from time import monotonic

from tests.fuzz.row import read_in_a_row


def main() -> int:
    """Read once; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("database", help="postgresql:// address")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of all mutants: 1 is all")
    given = parser.parse_args()
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        read = read_in_a_row(given.database, Path(folder), given.seed, given.share)
    print(f"{read} in {monotonic() - began:.1f} s")  # noqa: T201  # what it is for
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
