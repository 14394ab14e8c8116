"""Real price labels through the real command, beside what is written on them."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.builders.trials import ROOT

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


def read(locale: str, pictures: Sequence[Path]) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "infra.cli", "labels", *map(str, pictures), "--locale", locale, "--json"]
    ended = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def shares(rows: list[dict[str, Any]], prices: Sequence[str]) -> tuple[float, float]:
    """Return which shares of the labels are right and wrong."""
    assert len(rows) == len(prices)
    right = sum(row["price"] == price for row, price in zip(rows, prices, strict=True))
    wrong = sum(row["readable"] and row["price"] != price for row, price in zip(rows, prices, strict=True))
    return right / len(rows), wrong / len(rows)


def test_japanese_labels_are_read(shared_data: Path) -> None:
    folder = shared_data / "labels"
    truth = list(csv.DictReader((folder / "jp_crops.csv").read_text().splitlines()))

    right, wrong = shares(
        read("ja_JP", [folder / "jp_crops" / row["file"] for row in truth]), [row["price"] for row in truth]
    )

    assert right >= 0.98
    assert wrong <= 0.01


def test_norwegian_labels_are_read(shared_data: Path) -> None:
    folder = shared_data / "labels"
    truth = json.loads((folder / "no_labels.json").read_text())

    right, wrong = shares(
        read("no_NO", [folder / "no" / row["file"] for row in truth]), [row["price"] for row in truth]
    )

    assert right >= 0.75
    assert wrong <= 0.05


def test_what_nobody_can_read_has_no_price(shared_data: Path) -> None:
    pictures = sorted(path for path in (shared_data / "labels" / "no_illegible").rglob("*.jpg"))

    assert [row["price"] for row in read("nb_NO", pictures)] == [None] * len(pictures)
    assert pictures
