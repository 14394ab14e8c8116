import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.archive.errors import ArchiveLibraryMissing, UnusableArchive
from event_store.archive.places import Archive, Missing, open_archive
from tests.builders.buckets import Bucket, running_bucket


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket that the environment tells how to reach, as it tells every S3 tool."""
    with running_bucket() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        open_archive.cache_clear()
        yield bucket
        open_archive.cache_clear()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if request.param == "folder":
        return open_archive(str(tmp_path / "archive"))
    request.getfixturevalue("bucket")
    return open_archive("s3://shop/archive")


def test_every_place_keeps_files_whole(place: Archive) -> None:
    place.write("a/b/one.gz", b"0123456789")
    place.write("a/b/one.gz", b"9876543210")

    assert place.read("a/b/one.gz") == b"9876543210"
    assert place.read_part("a/b/one.gz", 2, 3) == b"765"
    with pytest.raises(Missing):
        place.read("a/b/two.gz")
    with pytest.raises(Missing):
        place.read_part("a/b/two.gz", 0, 1)


def test_a_file_shorter_than_it_should_be_gives_what_it_has(place: Archive) -> None:
    place.write("one.gz", b"0123")

    assert place.read_part("one.gz", 2, 9) == b"23"


def test_a_bucket_that_refuses_is_told_in_one_line(bucket: Bucket) -> None:
    bucket.refuses = True

    with pytest.raises(UnusableArchive, match=r"the archive at s3://shop/archive cannot be used: [^\n]+$"):
        open_archive("s3://shop/archive").write("one.gz", b"0")


def test_an_address_of_no_known_kind_is_told() -> None:
    with pytest.raises(UnusableArchive, match="carrier-pigeon"):
        open_archive("carrier-pigeon://roof")


def test_an_address_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(ArchiveLibraryMissing, match="obstore"):
        open_archive("s3://shop/nowhere")
