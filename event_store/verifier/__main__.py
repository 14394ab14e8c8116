"""The command line: `python -m verifier verify-export | verify-proof | verify-consistency | diff`."""

import argparse
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .archive import Archive
from .compare import check_consistency, diff
from .errors import Refused, Unusable, VerifierError
from .export import Checked, Gaps, Sealed, find_gaps, verify_export
from .extents import extents
from .notes import COSIGNATURE, Key, read_key, read_note
from .proof import HEADER, verify_proof
from .seals import Checkpoint, Seal, read_signed

MOST_TOLD = 20
FILES = {
    ("verify-export", "file"): "the archive",
    ("verify-proof", "file"): "the proof, EVENT_ID.tlog-proof",
    ("verify-consistency", "old"): "the earlier archive, or a checkpoint's .note",
    ("verify-consistency", "new"): "the later archive",
    ("diff", "old"): "an archive",
    ("diff", "new"): "another archive",
}
STATUS = "Exit status: 0 valid, 1 refused (the first bad position is on stderr), 2 unusable."


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except VerifierError as problem:
        print(_visible(str(problem)), file=sys.stderr)
        return problem.exit_status
    if options.key is None:
        print("key not pinned")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verifier", description=__doc__, epilog=STATUS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    texts = {
        "verify-export": ("check an export archive", ["file"]),
        "verify-proof": ("check the .tlog-proof of one event", ["file"]),
        "verify-consistency": ("check that NEW is OLD with additions only", ["old", "new"]),
        "diff": ("compare two archives record by record", ["old", "new"]),
    }
    for (name, (text, files)), run in zip(texts.items(), (_export, _proof, _consistency, _diff), strict=True):
        command = commands.add_parser(name, help=text, description=text, epilog=STATUS)
        for each in files:
            command.add_argument(each, type=Path, help=FILES[name, each])
        command.add_argument(
            "--key", type=_key, metavar="VKEY", help="the log's public key, got from elsewhere: NAME+ID+KEY"
        )
        command.add_argument(
            "--witness", type=_witness, metavar="VKEY", action="append", default=[], help="demand this cosignature"
        )
        command.set_defaults(run=run)
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


def _demand(witnesses: Sequence[Key], signers: tuple[Key, ...], where: str) -> None:
    for witness in witnesses:
        if witness not in signers:
            raise Refused(where, f"not cosigned by the pinned witness {witness.name}+{witness.id.hex()}")


def _export(options: argparse.Namespace) -> None:
    with _checked(options.file, options.key, options.witness) as (archive, checked):
        counts, part = checked.counts, checked.manifest
        print(f"valid: {counts.shown} records with {counts.bytes} bytes, {counts.hidden} as hashes only")
        print(f"range: {_time(part.start)} to {_time(part.end)}, store {part.store or 'any'}")
        print(f"erasures: {len(counts.erasures)}, each at its record")
        if counts.unshown_ends:
            print(f"ends not shown: {counts.unshown_ends} (the next record there is another store's)")
        for name, size, root in extents(archive, checked):
            print(f"{_visible(name)}: {size} records, root {b64encode(root).decode()}")
        _print_log(checked.newest)
        _print_gaps(find_gaps(archive, checked), len(counts.sequences.repeats), allowed=options.allow_gaps)


def _print_gaps(gaps: Gaps, repeats: int, *, allowed: bool) -> None:
    """Tell what is missing; raises `Refused` where the record itself should tell of it and does not."""
    holes = gaps.explained + len(gaps.open) + len(gaps.unexplained)
    print(f"numbers of the sources: {holes} holes, {gaps.explained} of them told by GapDetected; {repeats} came again")
    for hole in [*gaps.open, *gaps.unexplained][:MOST_TOLD]:
        print(f"missing: {_visible(str(hole))}")
    for each in gaps.doubled[:MOST_TOLD]:
        print(f"doubled: {_visible(each)}")
    if gaps.doubled and not allowed:
        raise Refused(*gaps.doubled[0].split(": ", 1))
    if gaps.unexplained and not allowed:
        where, _, what = str(gaps.unexplained[0]).partition(": ")
        raise Refused(where, f"{what} and no GapDetected says so; every byte is as sealed (--allow-gaps accepts it)")


def _proof(options: argparse.Namespace) -> None:
    proved = verify_proof(_read(options.file), options.key)
    _demand(options.witness, proved.signers, "the proof")
    print(f"valid: {proved.position}, recorded {_time(proved.timestamp)}")
    print(_visible(proved.record.decode(errors="backslashreplace")))
    _print_signers(proved.checkpoint, proved.seal, proved.signers)


def _consistency(options: argparse.Namespace) -> None:
    with _checked(options.new, options.key, options.witness) as (_, new):
        checkpoint, seal = _older(options.old, new, options.key)
        check_consistency(checkpoint, seal, new)
        what = "seals and records" if seal else "seals"
        print(f"valid: {new.newest.checkpoint.size} seals continue the first {checkpoint.size}; {what} only added")
        _print_log(new.newest)


def _older(path: Path, new: Checked, pinned: Key | None) -> tuple[Checkpoint, Seal | None]:
    """Read the older state: an archive, a proof, or a checkpoint as it was published."""
    raw = _read(path, 1 << 20)
    if raw.startswith(b"manifest.json\0"):
        with _checked(path, None) as (_, old):
            return old.newest.checkpoint, old.newest.seal
    if raw.startswith(HEADER.encode()):
        proved = verify_proof(raw, None)
        return proved.checkpoint, None
    keys = {key for each in new.sealed for key in each.signers} | ({pinned} if pinned else set())
    try:
        note = read_note(raw)
    except ValueError as problem:
        raise Unusable(f"{path} is no archive, proof or checkpoint: {problem}") from problem
    try:
        return read_signed(note, keys, strangers=True)[0], None
    except ValueError as problem:
        raise Refused(str(path), str(problem)) from problem


def _diff(options: argparse.Namespace) -> None:
    demanded = options.key, options.witness
    with _checked(options.old, *demanded) as one, _checked(options.new, *demanded) as two:
        found = diff(one, two)
        print(f"valid: {found.common} records in both, the same")
        print(f"only in {options.old}: {found.first_only}; only in {options.new}: {found.second_only}")


@contextmanager
def _checked(path: Path, pinned: Key | None, witnesses: Sequence[Key] = ()) -> Iterator[tuple[Archive, Checked]]:
    try:
        file = path.open("rb")
    except OSError as problem:
        raise Unusable(f"{path} cannot be opened: {problem.strerror}") from problem
    with file:
        archive = Archive(file)
        checked = verify_export(archive, pinned)
        _demand(witnesses, checked.newest.signers, f"checkpoints/{checked.newest.checkpoint.size}.note")
        yield archive, checked


def _read(path: Path, limit: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as problem:
        raise Unusable(f"{path} cannot be opened: {problem.strerror}") from problem


def _print_log(sealed: Sealed) -> None:
    _print_signers(sealed.checkpoint, sealed.seal, sealed.signers)


def _print_signers(checkpoint: Checkpoint, seal: Seal, signers: tuple[Key, ...]) -> None:
    print(f"log: {_visible(checkpoint.origin)}, {checkpoint.size} seals, the last of {_time(seal.time)}")
    print(f"signed by: {', '.join(_visible(f'{key.name}+{key.id.hex()}') for key in signers)}")


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
