import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from graphql_api.schema import schema_text
from infra.built_page import ROOT, STATIC, WEB, is_page_fresh

SOURCES = ROOT / WEB
LANGUAGES = ("ja", "nb")


def test_the_pages_documents_are_what_the_api_answers() -> None:
    schema = build_schema(schema_text())
    documents = sorted((SOURCES / "src").rglob("*.graphql"))

    assert documents
    for path in documents:
        assert validate(schema, parse(path.read_text())) == [], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_page_is_translated(language: str) -> None:
    texts = re.findall(r'^msgid "(.+)"$', (SOURCES / "src/locales/en.po").read_text(), re.MULTILINE)
    catalogue = (SOURCES / f"src/locales/{language}.po").read_text()
    translated = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', catalogue, re.MULTILINE))

    assert texts
    assert [text for text in texts if not translated.get(text)] == []


def test_the_lock_file_names_no_address() -> None:
    assert "://" not in (SOURCES / "package-lock.json").read_text(), (
        "take out what npm says of where from and of funding"
    )


def test_a_changed_source_and_a_changed_file_are_both_stale(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("node_modules", "generated")
    shutil.copytree(SOURCES, tmp_path / WEB, ignore=ignored)
    shutil.copytree(ROOT / STATIC, tmp_path / STATIC)
    assert is_page_fresh(tmp_path)

    for changed in (WEB / "src/app.tsx", STATIC / "index.html"):
        before = (tmp_path / changed).read_text()
        (tmp_path / changed).write_text(before + " ")
        assert not is_page_fresh(tmp_path)
        (tmp_path / changed).write_text(before)


@pytest.mark.slow
def test_the_committed_page_is_what_its_sources_make(tmp_path: Path) -> None:
    if shutil.which("npm") is None or not (SOURCES / "node_modules").is_dir():
        pytest.skip("no Node with the page's packages here: make page")
    build = ["npx", "--no-install", "vite", "build", "--outDir", str(tmp_path), "--logLevel", "error"]
    subprocess.run(["npm", "run", "--silent", "generate"], cwd=SOURCES, check=True, capture_output=True)
    subprocess.run(build, cwd=SOURCES, check=True, capture_output=True)

    built = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    committed = (path for path in (ROOT / STATIC).rglob("*") if path.is_file() and path.suffix not in {".br", ".gz"})
    assert built == {path.relative_to(ROOT / STATIC): path.read_bytes() for path in committed}
