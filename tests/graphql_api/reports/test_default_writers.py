"""The writers that come with Shopfloor, as they are in the repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graphql_api.reports.errors import UnusableWriter
from graphql_api.reports.language_model import LanguageModel
from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.report import loaded
from graphql_api.reports.sheets import LANGUAGES, fills, make_sheet
from graphql_api.reports.writer import write
from graphql_api.reports.writer_folder import DESCRIPTION, FILES, MODELS, read_writer
from infra.report_gate.edges import EDGES

MOST_BYTES = 6 * 2**20


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_facts_give_the_same_report_and_another_seed_another(language: str) -> None:
    filled, lexicon = fills(make_sheet(EDGES["a usual day"]), language), read_lexicon(LANGUAGES[language][0])
    first, again, other = (write(loaded(language), filled, lexicon, seed) for seed in ("one", "one", "two"))

    assert first == again
    assert first != other
    assert first.by_rules == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_model_alone_can_write_every_edge_case_but_few(language: str) -> None:
    lexicon = read_lexicon(LANGUAGES[language][0])
    written = [
        write(loaded(language), fills(make_sheet(told), language), lexicon, name) for name, told in EDGES.items()
    ]

    assert sum(text.by_rules > 0 for text in written) <= len(written) // 8


def test_all_writers_together_are_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) <= MOST_BYTES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS / "en", tmp_path / "copy"))


@pytest.mark.parametrize("name", [*FILES, DESCRIPTION])
def test_a_folder_without_one_of_its_files_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()

    with pytest.raises(UnusableWriter, match=rf"the writer in .*{name}.*put the folder back"):
        read_writer(copy)


def test_a_folder_with_another_file_than_described_is_refused(copy: Path) -> None:
    with (copy / "tokenizer.json").open("a") as file:
        file.write(" ")

    with pytest.raises(UnusableWriter, match="not those that it was described with"):
        read_writer(copy)


def test_a_network_that_openvino_cannot_read_is_refused_in_one_line(copy: Path) -> None:
    folder = read_writer(copy)
    (copy / "openvino_model.xml").write_text("<net>")

    with pytest.raises(UnusableWriter) as refused:
        LanguageModel(folder)
    assert "\n" not in str(refused.value)


def test_an_api_that_writes_no_report_loads_no_network() -> None:
    program = (
        "import sys, graphql_api.app, graphql_api.reports.report;"
        "print(sorted({'openvino', 'transformers', 'numpy', 'tokenizers'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
