"""`python -m infra.fire.edge FIRST LAST`: one fire for each seed, a table of them, `N passed, N failed, N skipped`."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from infra.fire.edge.fire import HEAD, burn
from infra.local import jars

USAGE = "make fire-edge SEED=1 SEEDS=20"
ROUNDS = 2


def main(words: list[str]) -> int:
    """Run the fires; 0 when nothing was lost, doubled, altered or out of order in any of them."""
    try:
        first, count = map(int, words)
    except ValueError:
        sys.stderr.write(f"it takes a seed and how many of them: {USAGE}\n")
        return 2
    if count < 1:
        sys.stderr.write(f"at least one seed: {USAGE}\n")
        return 2
    if shutil.which("redis-server") is None:
        _say("redis-server is missing: install Debian's package redis-server\n0 passed, 0 failed, 1 skipped")
        return 0
    started = time.monotonic()
    jars.fetch()
    rows, passed, failed = [], 0, 0
    for seed in range(first, first + count):
        _say(f"seed {seed}")
        with tempfile.TemporaryDirectory(prefix="shopfloor-fire-", ignore_cleanup_errors=True) as folder:
            outcome = burn(
                Path(folder), seed, ROUNDS, only_kills=False,
                say=lambda what: _say(f"{time.monotonic() - started:6.1f} s  {what}"),
            )  # fmt: skip
        if not outcome.is_clean:
            _say(outcome.logs)
        _say(outcome.report())
        rows.append(outcome.row())
        passed += sum(is_passed for _, is_passed in outcome.checks)
        failed += sum(not is_passed for _, is_passed in outcome.checks)
    _say("\n".join([HEAD, *rows]))
    _say(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
