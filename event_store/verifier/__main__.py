"""The command line: `python -m verifier verify-export | verify-proof | verify-consistency | diff`."""

import argparse
import sys
from base64 import b64encode
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from .answers import demand_growth, diff, extents, find_gaps
from .canonical import FIRST, Archive
from .errors import Refused, Unusable, VerifierError, refusing
from .export import verify_export
from .notes import COSIGNATURE, ED25519, Checkpoint, Key, Seal, read_checkpoint, read_key
from .proof import verify_proof

MOST_TOLD = 20
STATUS = "Exit status: 0 valid, 1 refused (the first bad position is on stderr), 2 unusable."


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(Path(name).open("rb")) for name in options.files]
            options.run(options, _demanded(options), *files)
    except VerifierError as problem:
        _say(str(problem), sys.stderr)
        return problem.exit_status
    except OSError as problem:
        _say(f"unusable: {problem}", sys.stderr)
        return Unusable.exit_status
    if not options.key:
        _say("key not pinned")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verifier", description=__doc__, epilog=STATUS)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, files in (
        ("verify-export", _export, ("ARCHIVE",)),
        ("verify-proof", _proof, ("PROOF",)),
        ("verify-consistency", _consistency, ("OLD", "NEW")),
        ("diff", _diff, ("OLD", "NEW")),
    ):
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__, epilog=STATUS)
        command.set_defaults(run=run)
        command.add_argument("files", nargs=len(files), metavar=files)
        command.add_argument(
            "--key",
            metavar="VKEY",
            action="append",
            default=[],
            help="the log's public key, got from elsewhere: NAME+ID+KEY",
        )
        command.add_argument("--witness", metavar="VKEY", action="append", default=[], help="demand this cosignature")
        command.add_argument("--allow-gaps", action="store_true", help="accept numbers that are missing or doubled")
    return parser


def _demanded(options: argparse.Namespace) -> list[Key]:
    """Read the keys that somebody has got from elsewhere."""
    try:
        logs, witnesses = ([read_key(text) for text in texts] for texts in (options.key, options.witness))
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    if any(key.kind != ED25519 for key in logs) or any(key.kind != COSIGNATURE for key in witnesses):
        raise Unusable("the key of a log is of type 1 and goes with --key, that of a witness of type 4 with --witness")
    return logs + witnesses


def _export(options: argparse.Namespace, demanded: list[Key], file: BinaryIO) -> None:
    """Check an export archive."""
    checked = verify_export(Archive(file), demanded)
    part = checked.manifest
    _say(f"valid: {checked.shown} records with {checked.size} bytes, {checked.hidden} as hashes only")
    _say(f"range: {_time(part.start)} to {_time(part.end)}, store {part.store or 'any'}")
    _say(f"erasures: {len(checked.erasures)}, each at its record")
    if checked.unshown_ends:
        _say(f"ends not shown: {checked.unshown_ends} (the next record there is another store's)")
    for name, size, root in extents(checked):
        _say(f"{name}: {size} records, root {b64encode(root).decode()}")
    _say_log(checked.checkpoint, checked.seal)
    gaps = find_gaps(checked)
    told = f"{gaps.missing} missing, {gaps.told} of them told by GapDetected; {gaps.repeats} came again"
    _say(f"numbers of the sources: {told}")
    for hole in gaps.holes[:MOST_TOLD]:
        _say(f"missing: {hole}")
    for where, what in gaps.doubled[:MOST_TOLD]:
        _say(f"doubled: {where}: {what}")
    if gaps.doubled and not options.allow_gaps:
        raise Refused(*gaps.doubled[0])
    if gaps.wrong and not options.allow_gaps:
        first = gaps.wrong[0]
        why = "and no GapDetected says so; every byte is as sealed (--allow-gaps accepts it)"
        raise Refused(first.position, f"{first.what} {why}")


def _proof(_: argparse.Namespace, demanded: list[Key], file: BinaryIO) -> None:
    """Check the .tlog-proof of one event."""
    proved = verify_proof(file.read(1 << 20), demanded)
    _say(f"valid: {proved.position}, recorded {_time(proved.timestamp)}")
    _say(proved.record.decode(errors="backslashreplace"))
    _say_log(proved.checkpoint, proved.seal)


def _consistency(_: argparse.Namespace, demanded: list[Key], old: BinaryIO, file: BinaryIO) -> None:
    """Check that NEW, an archive, is OLD with additions only; OLD is an archive or the .note of a checkpoint."""
    new, raw = verify_export(Archive(file), demanded), old.read(1 << 20)
    if raw.startswith(FIRST.encode()):
        one = verify_export(Archive(old))
        older, seal, what = one.checkpoint, one.seal, "seals and records"
    elif b"\n\n" in raw:
        with refusing(old.name):
            older = read_checkpoint(raw, {*new.checkpoint.signers, *demanded}, strangers=True)
        seal, what = None, "seals"
    else:
        raise Unusable(f"{old.name} is no archive and no checkpoint")
    demand_growth(new, older, seal)
    _say(f"valid: {new.checkpoint.size} seals continue the first {older.size}; {what} only added")
    _say_log(new.checkpoint, new.seal)


def _diff(_: argparse.Namespace, demanded: list[Key], old: BinaryIO, new: BinaryIO) -> None:
    """Compare two archives record by record."""
    common, *alone = diff(*(verify_export(Archive(file), demanded) for file in (old, new)))
    _say(f"valid: {common} records in both, the same")
    _say(f"only in {old.name}: {alone[0]}; only in {new.name}: {alone[1]}")


def _say_log(checkpoint: Checkpoint, seal: Seal) -> None:
    _say(f"log: {checkpoint.origin}, {checkpoint.size} seals, the last of {_time(seal.time)}")
    _say(f"signed by: {', '.join(map(str, checkpoint.signers))}")


def _say(text: str, file: TextIO | None = None) -> None:
    """Print one line that moves no cursor and hides nothing: what is read may want to look like our own words."""
    print("".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text), file=file)


def _time(milliseconds: int | None) -> str:
    try:
        return "open" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"


if __name__ == "__main__":
    sys.exit(main())
