import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.networks import blob_finder, save_model
from vision_workers.models import Models, read_model_folder
from vision_workers.models.errors import ModelDigestMismatch, ModelExists, UnknownModel, UnreadableModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(blob_finder(), tmp_path / "blobs")


def rewrite(folder: Path, old: str, new: str) -> None:
    description = folder / "model.toml"
    description.write_text(description.read_text().replace(old, new))


def test_a_model_added_from_a_folder_is_found_by_its_name(folder: Path, tmp_path: Path) -> None:
    models = Models(tmp_path / "mine")

    added = models.add(folder)

    assert models.find("blobs") == added
    assert added.folder == tmp_path / "mine" / "blobs"


def test_a_model_is_not_added_twice(folder: Path, tmp_path: Path) -> None:
    models = Models(tmp_path / "mine")
    models.add(folder)

    with pytest.raises(ModelExists, match="already in"):
        models.add(folder)


def test_a_folder_given_directly_needs_no_registry(folder: Path, tmp_path: Path) -> None:
    assert Models(tmp_path / "mine").find(str(folder)).name == "blobs"


def test_an_unknown_model_is_refused_with_what_there_is(folder: Path, tmp_path: Path) -> None:
    models = Models(tmp_path / "mine")
    models.add(folder)

    with pytest.raises(UnknownModel, match=r"no model 'blubs'.*models add FOLDER.*blobs"):
        models.find("blubs")


def test_a_published_model_that_is_not_here_yet_can_be_pulled(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="shopfloor models pull person-detection-0200"):
        Models(tmp_path).find("person-detection-0200")


def test_every_published_description_can_be_read(tmp_path: Path) -> None:
    models = Models(tmp_path)

    assert all(models.publication(name).name == name for name in models.published())
    assert len(models.published()) == 5


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "model.toml").unlink(), "has no model.toml"),
        (lambda folder: (folder / "model.toml").write_text("name = "), "model.toml cannot be read"),
        (lambda folder: (folder / "model.toml").write_bytes(b"\xff\xfe"), "model.toml cannot be read"),
        (lambda folder: (folder / "blobs.xml").unlink(), "blobs.xml cannot be read: No such file"),
        (lambda folder: (folder / "blobs.bin").unlink(), "blobs.bin cannot be read: No such file"),
        (lambda folder: rewrite(folder, '"ssd"', '"crystal-ball"'), "crystal-ball"),
        (lambda folder: rewrite(folder, "threshold = 0.5", ""), "threshold"),
        (lambda folder: rewrite(folder, ".xml", ".pt"), "no network format; use .xml or .onnx"),
    ],
)
def test_a_wrong_model_folder_is_refused_in_one_line(folder: Path, spoil: object, why: str) -> None:
    spoil(folder)  # type: ignore[operator]

    with pytest.raises(UnreadableModel, match=why) as refusal:
        read_model_folder(folder)
    assert "\n" not in str(refusal.value)
    assert str(folder) in str(refusal.value)


def test_weights_that_changed_since_they_were_pinned_are_refused(folder: Path) -> None:
    digest = read_model_folder(folder).digest
    rewrite(folder, "threshold", f'digest = "{digest}"\nthreshold')
    assert read_model_folder(folder).digest == digest

    (folder / "blobs.bin").write_bytes(b"other weights")

    with pytest.raises(ModelDigestMismatch, match="do not use it"):
        read_model_folder(folder)


def link_out(folder: Path) -> None:
    (folder / "shadow").symlink_to("/etc/passwd")


def link_a_folder_out(folder: Path) -> None:
    (folder / "more").symlink_to("/usr/share")


def link_in_a_loop(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")


def link_the_folder_itself(folder: Path) -> None:
    (folder / "again").symlink_to(folder)


def link_to_nothing(folder: Path) -> None:
    (folder / "gone").symlink_to(folder / "nothing")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def pipe_below(folder: Path) -> None:
    (folder / "more").mkdir()
    os.mkfifo(folder / "more" / "pipe")


def weights_without_end(folder: Path) -> None:
    (folder / "blobs.bin").unlink()
    (folder / "blobs.bin").symlink_to("/dev/zero")


def weights_elsewhere(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere.bin")
    (folder / "blobs.bin").rename(elsewhere)
    (folder / "blobs.bin").symlink_to(elsewhere)


def network_elsewhere(folder: Path) -> None:
    for name in ("blobs.xml", "blobs.bin"):
        (folder / name).rename(folder.with_name(name))
    rewrite(folder, 'file = "blobs.xml"', 'file = "../blobs.xml"')


def description_without_end(folder: Path) -> None:
    (folder / "model.toml").unlink()
    (folder / "model.toml").symlink_to("/dev/zero")


HARM = [
    *(link_out, link_a_folder_out, link_in_a_loop, link_the_folder_itself, link_to_nothing, pipe, pipe_below),
    *(weights_without_end, weights_elsewhere, network_elsewhere, description_without_end),
]


@pytest.mark.parametrize("harm", HARM)
def test_a_folder_with_more_than_plain_files_of_its_own_is_not_added_and_leaves_nothing(
    folder: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    harm(folder)

    with pytest.raises(UnreadableModel):
        Models(tmp_path / "mine").add(folder)

    assert not (tmp_path / "mine").exists() or list((tmp_path / "mine").iterdir()) == []


def test_a_link_to_another_file_of_the_folder_becomes_a_file(folder: Path, tmp_path: Path) -> None:
    (folder / "README").write_text("about it")
    (folder / "README.md").symlink_to("README")

    added = Models(tmp_path / "mine").add(folder)

    assert (added.folder / "README.md").read_text() == "about it"
    assert not (added.folder / "README.md").is_symlink()


@pytest.mark.parametrize("name", ["../evil", "a/b", ".", "..", "", "/evil"])
def test_a_name_that_leads_elsewhere_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    rewrite(folder, 'name = "blobs"', f'name = "{name}"')

    with pytest.raises(UnreadableModel):
        Models(tmp_path / "mine").add(folder)
