"""Whoever reads the record reads all of it, whatever is in it; `python -m tests.fuzz` tries that at length."""

from pathlib import Path

import pytest

from tests.fuzz.row import read_in_a_row

pytestmark = pytest.mark.postgres


def test_mutants_of_all_golden_facts_stop_nobody_who_reads_and_all_agree(database: str, tmp_path: Path) -> None:
    read = read_in_a_row(database, tmp_path, seed=1, share=0.02)

    assert read.mutants > 1_000
    assert read.dispositions["applied"] > 100
    assert read.reasons["undecodable"] > 100
    assert read.erasures
