from base64 import b64encode

import pytest

from event_store.verifier.canonical import base64


@pytest.mark.parametrize("size", range(8))
def test_what_base64_writes_is_read(size: int) -> None:
    record = bytes(range(size))

    assert base64(b64encode(record)) == record


@pytest.mark.parametrize("text", [b"AAAA=", b"AAAA==", b"AAAA====", b"AB==", b"AAB=", b"AA", b"AA=", b"=", b"AA==AA=="])
def test_no_other_spelling_is_read(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # binascii's own words, or ours
        base64(text)
