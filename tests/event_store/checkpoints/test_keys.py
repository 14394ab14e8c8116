from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder, SigningKey, VerifierKey, checkpoint_text, sign, tidy
from event_store.checkpoints.errors import ExposedKey, InvalidOrigin, LastSigningKey, NoSigningKey, UnreadableKey
from event_store.verifier.notes import read_key, read_note

ORIGIN = "shop.example/record"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_private_key_is_its_owners_alone(folder: Path) -> None:
    key = KeyFolder(folder).create(ORIGIN)
    name = key.verifier.id.hex()

    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        f"{name}.key": 0o600,
        f"{name}.vkey": 0o644,
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert KeyFolder(folder).signing()[0].verifier == key.verifier


def test_after_a_rotation_both_keys_sign_until_the_old_one_retires(folder: Path) -> None:
    keys = KeyFolder(folder)
    old = keys.create(ORIGIN).verifier
    new = keys.rotate().verifier

    assert {key.verifier for key in keys.signing()} == {old, new}
    keys.retire(old.id.hex())
    assert [key.verifier for key in keys.signing()] == [new]
    assert keys.public() == sorted([old, new])
    assert (new.name, keys.origin()) == (ORIGIN, ORIGIN)


def test_the_last_signing_key_cannot_retire(folder: Path) -> None:
    keys = KeyFolder(folder)
    only = keys.create(ORIGIN).verifier.id.hex()

    with pytest.raises(LastSigningKey, match="rotate"):
        keys.retire(only)
    with pytest.raises(UnreadableKey):
        keys.retire("00000000")


def test_a_folder_without_a_key_says_how_to_make_one(folder: Path) -> None:
    with pytest.raises(NoSigningKey, match="keys create"):
        KeyFolder(folder).signing()


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    key = KeyFolder(folder).create(ORIGIN)
    (folder / f"{key.verifier.id.hex()}.key").chmod(0o640)

    with pytest.raises(ExposedKey, match="0640"):
        KeyFolder(folder).signing()


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+00000000+AQ==", "PRIVATE+KEY+a+b", "\x00\xff"])
def test_a_damaged_key_file_is_told(folder: Path, text: str) -> None:
    key = KeyFolder(folder).create(ORIGIN)
    (folder / f"{key.verifier.id.hex()}.key").write_text(text, encoding="latin-1")
    (folder / f"{key.verifier.id.hex()}.vkey").write_text(text, encoding="latin-1")

    with pytest.raises(UnreadableKey):
        KeyFolder(folder).signing()
    with pytest.raises(UnreadableKey):
        KeyFolder(folder).public()


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak", "butikk-på-hjørnet"])
def test_a_log_has_a_name_that_notes_can_carry(folder: Path, origin: str) -> None:
    with pytest.raises(InvalidOrigin):
        KeyFolder(folder).create(origin)


def test_a_damaged_text_of_a_key_is_no_key() -> None:
    text = str(SigningKey.generate(ORIGIN).verifier)

    assert str(VerifierKey.read(text)) == text
    assert read_key(text).id == VerifierKey.read(text).id
    for wrong in (text[:-4], text.replace("shop", "shoq"), text + "=", "", "a+00000000+", text.replace("+", " ")):
        with pytest.raises(ValueError, match=r"."):
            VerifierKey.read(wrong)
        with pytest.raises(ValueError, match=r"."):
            read_key(wrong)


def test_a_tidy_note_has_the_signatures_of_known_keys_in_one_order() -> None:
    keys = [SigningKey.generate(ORIGIN) for _ in range(3)]
    text = checkpoint_text(ORIGIN, 1, bytes(32))
    untidy = text + b"\n" + "".join(key.signature_line(text) for key in [*keys, keys[0]]).encode()
    known = [key.verifier for key in keys[:2]]

    tidied = tidy(untidy, known)

    assert tidied == sign(text, keys[:2])
    _, signers = read_note(tidied, [read_key(str(key)) for key in known])
    assert [str(signer.id.hex()) for signer in signers] == [key.id.hex() for key in sorted(known)]
