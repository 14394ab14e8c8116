import json
from pathlib import Path

import cv2
from typer.testing import CliRunner

from infra.cli.app import app
from tests.builders.labels import drawn_label

runner = CliRunner()


def test_each_picture_is_one_object_a_line_in_the_order_given(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{price}.png") for price in ("298", "198")]
    for path, price in zip(paths, ("298", "198"), strict=True):
        cv2.imwrite(path, drawn_label(price))

    ended = runner.invoke(app, ["labels", *paths, "--locale", "ja_JP", "--json"])

    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.exit_code == 0
    assert [row["file"] for row in rows] == paths
    assert [(row["price"], row["currency"], row["readable"]) for row in rows] == [
        ("298", "JPY", True),
        ("198", "JPY", True),
    ]
    assert set(rows[0]) == {"file", "price", "unit_price", "currency", "text", "confidence", "readable"}


def test_what_cannot_be_opened_has_its_row_with_an_error_and_fails_at_the_end(tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.jpg", tmp_path / "good.png"
    broken.write_bytes(b"no picture")
    cv2.imwrite(str(good), drawn_label("198"))

    ended = runner.invoke(app, ["labels", str(broken), "gone.jpg", str(good), "--locale", "ja_JP", "--json"])

    first, second, third = (json.loads(line) for line in ended.stdout.splitlines())
    assert ended.exit_code == 1
    assert (first["price"], first["readable"], first["error"]) == (None, False, "it is no picture that can be opened")
    assert second["error"] == "there is no such file"
    assert third["price"] == "198"
    assert "error" not in third


def test_without_json_each_picture_is_a_line_for_people(tmp_path: Path) -> None:
    path = str(tmp_path / "label.png")
    cv2.imwrite(path, drawn_label("24.90"))

    ended = runner.invoke(app, ["labels", path, "--locale", "no_NO"])

    assert ended.stdout == f"{path}: 24.90 NOK\n"
