"""`python -m infra.fire SEED MINUTES DRIVER`: burn, compare the books, end with `N passed, N failed, N skipped`."""

import sys
import tempfile
import time
from pathlib import Path

from infra.fire.fire import burn
from infra.local import jars

USAGE = "make fire SEED=1 MINUTES=5 DRIVER=faust"


def main(words: list[str]) -> int:
    """Run one fire; 0 when nothing was lost, doubled, altered or out of order, and every read model is right."""
    try:
        (first, second, driver) = words
        seed, minutes = int(first), float(second)
    except ValueError:
        sys.stderr.write(f"it takes a seed, minutes and a driver: {USAGE}\n")
        return 2
    if driver not in {"faust", "aiokafka"} or minutes <= 0:
        sys.stderr.write(f"the driver is faust or aiokafka, and it burns for more than 0 minutes: {USAGE}\n")
        return 2
    sys.stdout.write(f"seed {seed}, {minutes:g} minutes, driver {driver}\n")
    sys.stdout.flush()
    started = time.monotonic()

    def say(what: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:6.1f} s  {what}\n")
        sys.stdout.flush()

    jars.fetch()
    with tempfile.TemporaryDirectory(prefix="shopfloor-fire-", ignore_cleanup_errors=True) as folder:
        outcome = burn(Path(folder), seed, 60 * minutes, driver=driver, say=say)
        if not outcome.is_clean:
            sys.stdout.write(outcome.logs)
    sys.stdout.write(outcome.report())
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
