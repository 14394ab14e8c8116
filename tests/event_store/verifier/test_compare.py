import io
from dataclasses import replace
from pathlib import Path

import pytest

from event_store.checkpoints import VerifierKey
from event_store.checkpoints.notes import COSIGNATURE
from event_store.verifier.__main__ import main
from event_store.verifier.answers import demand_growth, diff
from event_store.verifier.canonical import Archive
from event_store.verifier.errors import Refused
from event_store.verifier.export import verify_export
from event_store.verifier.notes import State
from tests.builders.sealed_logs import GINZA, SECOND, START, TOPIC, ShopLog, signing_key

VKEY = str(signing_key().verifier)


class Shelf:
    """A folder of archives, as an auditor keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def grown(first: int = 300, padding: int = 0) -> tuple[ShopLog, bytes]:
    """Return a log with the archive that was made of it before it grew."""
    log = ShopLog()
    log.add(0, 280)
    log.add(0, first - 280, padding=padding)
    log.add(5, 10)
    log.seal()
    old = log.archive()
    log.add(0, 700)
    log.add(5, 10)
    log.seal()
    return log, old


def test_a_record_that_only_grew_is_consistent(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    log, old = grown()
    paths = shelf.put("old.tar", old), shelf.put("new.tar", log.archive())

    assert main(["verify-consistency", *paths, "--key", VKEY]) == 0
    assert "2 seals continue the first 1; seals and records only added" in capsys.readouterr().out


def test_a_published_checkpoint_is_enough_to_compare_with(shelf: Shelf) -> None:
    log, _ = grown()
    new = shelf.put("new.tar", log.archive())

    assert main(["verify-consistency", shelf.put("published", log.sealed[0].note), new]) == 0


def test_a_checkpoint_of_long_ago_is_compared_with_an_archive_that_reaches_back_to_it(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ShopLog()
    log.add(0, 300)
    for _ in range(600):
        log.seal()
    old = shelf.put("old", log.sealed[9].note)

    for first, status in ((0, 0), (255, 0), (256, 2), (599, 2)):
        new = shelf.put("new.tar", log.archive(first_seal=first))
        assert main(["verify-export", new]) == 0
        assert main(["verify-consistency", old, new]) == status
    assert "tile/seals/0/000 is not in the archive; export a range that reaches back" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify-consistency", "diff"])
def test_a_cosignature_that_is_demanded_is_missed(
    shelf: Shelf, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, old = grown()
    paths = shelf.put("old.tar", old), shelf.put("new.tar", log.archive())
    witness = VerifierKey(kind=COSIGNATURE, name="witness.example/w1", public=signing_key(9).verifier.public)

    assert main([command, *paths, "--witness", str(witness)]) == 1
    assert "not cosigned by the pinned witness witness.example/w1" in capsys.readouterr().err


def test_a_rewritten_history_is_refused(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    _, old = grown()
    rewritten, _ = grown(padding=1)

    assert main(["verify-consistency", shelf.put("old.tar", old), shelf.put("new.tar", rewritten.archive())]) == 1
    assert "history was rewritten" in capsys.readouterr().err


def test_a_checkpoint_or_archive_of_another_log_is_refused() -> None:
    log, old = grown()
    one, two = (verify_export(Archive(io.BytesIO(archive))) for archive in (old, log.archive()))
    elsewhere = replace(one.checkpoint, origin="other.example/record")

    with pytest.raises(Refused, match=r"of another log: other\.example/record"):
        demand_growth(two, elsewhere, None)
    with pytest.raises(Refused, match=r"two logs: other\.example/record"):
        diff(replace(one, checkpoint=elsewhere), two)


def test_swapped_archives_are_refused(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    log, old = grown()

    assert main(["verify-consistency", shelf.put("new.tar", log.archive()), shelf.put("old.tar", old)]) == 1
    assert "swapped" in capsys.readouterr().err


def test_a_seal_that_contradicts_an_older_one_is_refused_though_the_seals_only_grew(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    log, old = grown()
    other = ShopLog()
    other.add(0, 280)
    other.add(0, 20, padding=1)
    other.add(5, 10)
    other.log.seal(0)
    other.log = type(other.log)({(TOPIC, 0): other.log._partitions[TOPIC, 0]}, log.log._seals)
    other.add(0, 700)
    other._full |= {(name, tile): hashes for (name, tile), hashes in log._full.items() if name == "seals"}
    other.seal()
    only = other.archive(slices=[other.slice(0, 0, 999)])

    assert main(["verify-consistency", shelf.put("old.tar", old), shelf.put("new.tar", only)]) == 1
    assert f"{TOPIC}/0: its first 300 records are not the same as before" in capsys.readouterr().err


@pytest.mark.parametrize(("place", "had", "has"), [(f"{TOPIC}/0", 301, 300), (f"{TOPIC}/9", 1, 0)])
def test_a_partition_that_has_lost_records_is_refused(place: str, had: int, has: int) -> None:
    now = verify_export(Archive(io.BytesIO(grown()[1])))
    seal = replace(now.seal, states={**now.seal.states, place: State(had, bytes(32))})

    with pytest.raises(Refused, match=f"{place}: it had {had} records and now has {has}"):
        demand_growth(now, now.checkpoint, seal)


def test_an_archive_that_does_not_reach_back_cannot_tell(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    log, old = grown()
    late = log.archive(start=START + 600 * SECOND, slices=[log.slice(0, 599, 999), log.slice(5, 19, 19)])

    assert main(["verify-export", shelf.put("late.tar", late)]) == 0
    assert main(["verify-consistency", shelf.put("old.tar", old), shelf.put("late.tar", late)]) == 2
    assert "export a range that reaches back to it" in capsys.readouterr().err


def test_what_is_no_older_state_is_unusable(shelf: Shelf) -> None:
    log, _ = grown()
    new = shelf.put("new.tar", log.archive())

    assert main(["verify-consistency", shelf.put("text", b"hello"), new]) == 2
    assert main(["verify-consistency", str(shelf.folder / "missing"), new]) == 2
    assert main(["verify-consistency", new, str(shelf.folder / "missing")]) == 2
    assert main(["verify-export", str(shelf.folder)]) == 2


def test_two_archives_of_one_record_agree(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    log, old = grown()
    hidden = log.archive(store=GINZA, slices=[log.slice(0, 0, 999, "acme/none")])

    assert main(["diff", shelf.put("old.tar", old), shelf.put("new.tar", log.archive()), "--key", VKEY]) == 0
    assert "valid: 310 records in both, the same" in capsys.readouterr().out
    assert main(["diff", shelf.put("old.tar", old), shelf.put("hidden.tar", hidden)]) == 0
    assert "valid: 300 records in both" in capsys.readouterr().out


def test_two_archives_that_disagree_are_refused_at_the_first_position(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    _, old = grown()
    _, rewritten = grown(padding=1)

    assert main(["diff", shelf.put("one.tar", old), shelf.put("two.tar", rewritten)]) == 1
    assert f"{TOPIC}/0/336: the two archives hold different records" in capsys.readouterr().err
