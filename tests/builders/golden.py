"""The golden records: each shape of a fact that was ever written. `python -m tests.builders.golden` adds new ones.

A record that is there is never written again. A fact that gets an optional field has one more beside the older ones.
"""

import sys
from pathlib import Path

from event_store.events import CATALOGUE
from event_store.serialization import encode
from tests.builders.samples import SAMPLES, sample_envelope

GOLDEN = Path(__file__).parent.parent / "event_store" / "golden"


def golden_records(type_name: str, folder: Path = GOLDEN) -> list[Path]:
    """Return the records of a type, the oldest shape first."""
    first = [path for path in [folder / f"{type_name}.json"] if path.exists()]
    later = folder.glob(f"{type_name}.*.json")
    return [*first, *sorted(later, key=lambda path: int(path.suffixes[-2].removeprefix(".")))]


def type_of(record: Path) -> str:
    """Return the type that a golden record says by its name: `shopfloor.ZoneEntered.v1.json`, `….v1.2.json`."""
    return ".".join(record.name.split(".")[:3])


def add(folder: Path = GOLDEN) -> list[Path]:
    """Write a record for each fact whose sample no record holds yet; return those that were written."""
    written = []
    for type_name in SAMPLES:
        known, bytes_now = golden_records(type_name, folder), encode(sample_envelope(type_name))
        if not known or known[-1].read_bytes() != bytes_now:
            name = f"{type_name}.{len(known) + 1}.json" if known else f"{type_name}.json"
            (folder / name).write_bytes(bytes_now)
            written.append(folder / name)
    return written


def main() -> int:
    """Add what is missing; the status is 1 where a fact has no sample."""
    if unfilled := sorted(CATALOGUE.keys() - SAMPLES.keys()):
        sys.stderr.write(f"no sample of {', '.join(unfilled)}: fill one in tests/builders/samples.py\n")
        return 1
    sys.stdout.writelines(f"{path.name}\n" for path in add())
    return 0


if __name__ == "__main__":
    sys.exit(main())
