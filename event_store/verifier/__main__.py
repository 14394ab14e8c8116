"""The command line: `python -m verifier verify-export | verify-proof | verify-consistency | diff`."""

import argparse
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .answers import Gaps, diff, extents, find_gaps
from .archive import Archive
from .errors import Refused, Unusable, VerifierError, refusing
from .export import Checked, demand_growth, verify_export
from .notes import COSIGNATURE, Key, read_key, read_note
from .proof import HEADER, verify_proof
from .seals import Checkpoint, Seal, read_signed

MOST_TOLD = 20
STATUS = "Exit status: 0 valid, 1 refused (the first bad position is on stderr), 2 unusable."
COMMANDS = {
    "verify-export": ("check an export archive", {"file": "the archive"}),
    "verify-proof": ("check the .tlog-proof of one event", {"file": "the proof, EVENT_ID.tlog-proof"}),
    "verify-consistency": (
        "check that NEW is OLD with additions only",
        {"old": "the earlier archive, a checkpoint's .note, or a proof", "new": "the later archive"},
    ),
    "diff": ("compare two archives record by record", {"old": "an archive", "new": "another archive"}),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    run = {"verify-export": _export, "verify-proof": _proof, "verify-consistency": _consistency, "diff": _diff}
    try:
        run[options.command](options)
    except VerifierError as problem:
        print(_visible(str(problem)), file=sys.stderr)
        return problem.exit_status
    if options.key is None:
        print("key not pinned")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verifier", description=__doc__, epilog=STATUS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, (text, files) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, epilog=STATUS)
        for each, what in files.items():
            command.add_argument(each, type=Path, help=what)
        known = "the log's public key, got from elsewhere: NAME+ID+KEY"
        command.add_argument("--key", type=_key, metavar="VKEY", help=known)
        command.add_argument(
            "--witness", type=_witness, metavar="VKEY", action="append", default=[], help="demand this cosignature"
        )
        if name == "verify-export":
            command.add_argument("--allow-gaps", action="store_true", help="accept numbers that are missing or doubled")
    return parser


def _key(text: str) -> Key:
    try:
        return read_key(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _witness(text: str) -> Key:
    key = _key(text)
    if key.kind != COSIGNATURE:
        raise argparse.ArgumentTypeError("the key of a witness is of type 4; this one signs logs")
    return key


def _export(options: argparse.Namespace) -> None:
    with _checked(options.file, options) as checked:
        counts, part = checked.counts, checked.manifest
        print(f"valid: {counts.shown} records with {counts.size} bytes, {counts.hidden} as hashes only")
        print(f"range: {_time(part.start)} to {_time(part.end)}, store {part.store or 'any'}")
        print(f"erasures: {len(counts.erasures)}, each at its record")
        if counts.unshown_ends:
            print(f"ends not shown: {counts.unshown_ends} (the next record there is another store's)")
        for name, size, root in extents(checked):
            print(f"{_visible(name)}: {size} records, root {b64encode(root).decode()}")
        _print_log(checked.newest.checkpoint, checked.newest.seal, checked.newest.signers)
        _print_gaps(find_gaps(checked), allowed=options.allow_gaps)


def _print_gaps(gaps: Gaps, *, allowed: bool) -> None:
    """Tell what is missing; raises `Refused` where the record itself should tell of it and does not."""
    missing = [*gaps.open, *gaps.unexplained]
    holes = f"{gaps.explained + len(missing)} holes, {gaps.explained} of them told by GapDetected"
    print(f"numbers of the sources: {holes}; {gaps.repeats} came again")
    for hole in missing[:MOST_TOLD]:
        print(f"missing: {_visible(str(hole))}")
    for each in gaps.doubled[:MOST_TOLD]:
        print(f"doubled: {_visible(each)}")
    if gaps.doubled and not allowed:
        raise Refused(*gaps.doubled[0].split(": ", 1))
    if gaps.unexplained and not allowed:
        where, _, what = str(gaps.unexplained[0]).partition(": ")
        raise Refused(where, f"{what} and no GapDetected says so; every byte is as sealed (--allow-gaps accepts it)")


def _proof(options: argparse.Namespace) -> None:
    proved = verify_proof(_read(options.file), options.key, options.witness)
    print(f"valid: {proved.position}, recorded {_time(proved.timestamp)}")
    print(_visible(proved.record.decode(errors="backslashreplace")))
    _print_log(proved.checkpoint, proved.seal, proved.signers)


def _consistency(options: argparse.Namespace) -> None:
    with _checked(options.new, options) as new:
        older, seal = _older(options.old, new, options.key)
        demand_growth(new, older, seal)
        newest, what = new.newest, "seals and records" if seal else "seals"
        print(f"valid: {newest.checkpoint.size} seals continue the first {older.size}; {what} only added")
        _print_log(newest.checkpoint, newest.seal, newest.signers)


def _older(path: Path, new: Checked, pinned: Key | None) -> tuple[Checkpoint, Seal | None]:
    """Read the older state: an archive, or a checkpoint as it was published, be it in a proof."""
    raw = _read(path, 1 << 20)
    if raw.startswith(b"manifest.json\0"):
        with _checked(path) as old:
            return old.newest.checkpoint, old.newest.seal
    keys = {key for each in new.sealed for key in each.signers} | ({pinned} if pinned else set())
    try:
        note = read_note(raw.partition(b"\n\n")[2] if raw.startswith(HEADER.encode()) else raw)
    except ValueError as problem:
        raise Unusable(f"{path} is no archive, proof or checkpoint: {problem}") from problem
    with refusing(str(path)):
        return read_signed(note, keys, strangers=True)[0], None


def _diff(options: argparse.Namespace) -> None:
    with _checked(options.old, options) as one, _checked(options.new, options) as two:
        common, first, second = diff(one, two)
        print(f"valid: {common} records in both, the same")
        print(f"only in {options.old}: {first}; only in {options.new}: {second}")


@contextmanager
def _checked(path: Path, options: argparse.Namespace | None = None) -> Iterator[Checked]:
    with ExitStack() as opened:
        with _opening(path):
            file = opened.enter_context(path.open("rb"))
        yield verify_export(Archive(file), options.key if options else None, options.witness if options else ())


def _read(path: Path, limit: int = -1) -> bytes:
    with _opening(path), path.open("rb") as file:
        return file.read(limit)


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise Unusable(f"{path} cannot be opened: {problem.strerror}") from problem


def _print_log(checkpoint: Checkpoint, seal: Seal, signers: list[Key]) -> None:
    print(f"log: {_visible(checkpoint.origin)}, {checkpoint.size} seals, the last of {_time(seal.time)}")
    print(f"signed by: {', '.join(_visible(str(key)) for key in signers)}")


def _visible(text: str) -> str:
    """Return one line that moves no cursor and hides nothing: what is read may want to look like our own words."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _time(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "open"
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"


if __name__ == "__main__":
    sys.exit(main())
