"""Sales of files become facts: each once, at its own time, and what is no sale is kept with the reason."""

import csv
import re
from pathlib import Path

import psycopg
import pytest

from event_store.topics import Topics
from infra.sales.errors import InvalidMapping, UnreadableSheet
from infra.sales.mapping import Sheet, read_mapping
from infra.sales.sheets import open_sheet, read_lines
from tests.builders.commands import CommandLine
from tests.builders.told import told_blocking

GUIDE = (Path(__file__).parents[2] / "docs" / "store-systems.md").read_text()
HEAD = "store,till,sale,time,channel,total,currency"
LINE = "acme/ginza-3,1,{},2026-03-02T12:03:10+09:00,till,12.50,EUR"


def block(language: str) -> str:
    found: str = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0]
    return found


def reasons(folder: Path, text: bytes | str, sheet: Sheet | None = None) -> list[str | None]:
    path = folder / "sales.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with open_sheet(path, sheet or Sheet()) as file:
        return [line.reason for line in read_lines(path, file, sheet or Sheet())[1]]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ginza-3,1,2,2026-03-02T12:00:00Z,till,1,EUR", "ORGANISATION/STORE"),
        ("acme/ginza 3,1,2,2026-03-02T12:00:00Z,till,1,EUR", "ORGANISATION/STORE"),
        ("acme/ginza-3,,2,2026-03-02T12:00:00Z,till,1,EUR", "till is empty"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00,till,1,EUR", "no zone"),
        ("acme/ginza-3,1,2,02.03.2026 12:00,till,1,EUR", "is not written as"),
        ("acme/ginza-3,1,2,0001-01-01T00:00:00Z,till,1,EUR", "years"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,phone,1,EUR", "channel"),
        ('acme/ginza-3,1,2,2026-03-02T12:00:00Z,till,"1,50",EUR', "no number"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,till,1e5,EUR", "no number"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,till,nan,EUR", "no number"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,till,١٢,EUR", "no number"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,till,1,euros", "currency"),
        ("acme/ginza-3,1,2,2026-03-02T12:00:00Z,till", "5 fields"),
        (f"acme/ginza-3,{'1' * 501},2,2026-03-02T12:00:00Z,till,1,EUR", "50 bytes"),
        (f"acme/ginza-3,{'1' * 20_000},2,2026-03-02T12:00:00Z,till,1,EUR", "no line"),
        ("acme/ginza-3,1,\x00,2026-03-02T12:00:00Z,till,1,EUR", "sale"),
    ],
)
def test_a_line_that_is_no_sale_says_why_and_the_next_one_is_taken(tmp_path: Path, line: str, why: str) -> None:
    first, *others = reasons(tmp_path, f"{HEAD}\n{line}\n{LINE.format(7)}\n")

    assert why in (first or "")
    assert others == [None]


def test_text_in_another_encoding_is_refused_and_a_mapping_names_it(tmp_path: Path) -> None:
    text = f"{HEAD}\n{LINE.format('Müller')}\n{LINE.format(2)}\n"

    first, second = reasons(tmp_path, text.encode("cp1252"))
    assert "encoding" in (first or "")
    assert second is None
    assert reasons(tmp_path, text.encode("cp1252"), Sheet(encoding="cp1252")) == [None, None]
    assert reasons(tmp_path, text.encode("utf-16")) == reasons(tmp_path, text.encode("utf-8-sig")) == [None, None]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_in_the_first_line(tmp_path: Path, separator: str) -> None:
    assert reasons(tmp_path, f"{HEAD}\n{LINE.format(1)}\n".replace(",", separator)) == [None]


def test_a_file_without_a_column_is_refused_as_a_whole(tmp_path: Path) -> None:
    for text in ("", "\n", "store,till\n", "\x00"):
        with pytest.raises(UnreadableSheet, match="currency"):
            reasons(tmp_path, text)


def test_the_guides_mapping_reads_a_german_file(tmp_path: Path) -> None:
    (tmp_path / "till.toml").write_text(block("toml"))
    sheet = read_mapping(tmp_path / "till.toml")
    path = tmp_path / "umsatz.csv"
    path.write_bytes("Kasse;Bon-Nr;Datum;Art;Summe\n1;17;02.03.2026 12:00;SB;1.234,50\n".encode("cp1252"))

    with open_sheet(path, sheet) as file:
        (line,) = read_lines(path, file, sheet)[1]

    assert line.reason is None
    assert line.sale is not None
    assert line.sale.key == "acme/berlin-1"
    sale = line.sale.recorded
    assert (sale.total, sale.channel, sale.currency) == ("1234.50", "self", "EUR")
    assert sale.time.isoformat() == "2026-03-02T12:00:00+01:00"


@pytest.mark.parametrize(
    "text",
    ["colums = {}", '[columns]\nprice = "x"', 'time_zone = "Mars"', 'encoding = "x"', 'thousands = "."', "x", "\x00"],
)
def test_a_mapping_that_cannot_be_used_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.toml").write_text(text)

    with pytest.raises(InvalidMapping):
        read_mapping(tmp_path / "m.toml")


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_file_is_told_once_its_refused_lines_are_kept_and_can_be_imported_when_they_are_right(
    kafka: str,
    topics: Topics,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    shopfloor = CommandLine(monkeypatch, capfdbinary)
    for name, value in {
        "KAFKA": kafka,
        "DATABASE": database,
        "TOPIC_PREFIX": topics.prefix,
        "DATA": str(tmp_path),
    }.items():
        shopfloor.set(f"SHOPFLOOR_{name}", value)
    path = tmp_path / "sales.csv"
    path.write_text(block("csv") + block("csv").splitlines()[1] + "\n" + LINE.format(9).replace("till", "phone") + "\n")

    assert shopfloor.run("import", "sales", path, "--dry-run") == 1
    assert shopfloor.out == b"3 to be taken, 1 repeated, 1 refused\n"
    assert shopfloor.run("import", "sales", path) == 1
    assert shopfloor.out == b"3 taken, 1 repeated, 1 refused\n"
    refused = tmp_path / "sales.refused.csv"
    assert str(refused) in shopfloor.err
    (row,) = csv.DictReader(refused.read_text().splitlines())
    assert (row["line"], "phone" in row["reason"]) == ("6", True)
    refused.write_text(refused.read_text().replace("phone,", "till,", 1))
    assert shopfloor.run("import", "sales", refused) == 0
    assert shopfloor.out == b"1 taken, 0 repeated, 0 refused\n"
    told = told_blocking(kafka, topics.events)
    assert len({each.id for each in told}) == len(told) == 4
    assert {each.event.subject for each in told} == {
        "sale/1/20260302-0001", "sale/1/20260302-0002", "sale/self-2/20260302-0001", "sale/1/9",
    }  # fmt: skip
    assert [each.sequence for each in told] == [1, 2, 3, 1]
    assert len({each.source for each in told}) == 2
    with psycopg.connect(database) as connection:
        for each in told:
            connection.execute("INSERT INTO record.applied VALUES (%s, %s, 0, 0)", (each.id, each.organisation))
    assert shopfloor.run("import", "sales", refused) == 0
    assert shopfloor.out == b"0 taken, 1 repeated, 0 refused\n"
