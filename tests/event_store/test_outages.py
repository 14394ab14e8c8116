"""PostgreSQL says itself what is an outage, and what is wrong with the values that it was given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from event_store.database import is_outage, is_refusal, outages_told
from event_store.errors import DatabaseUnreachable

OUTAGES = ("08000", "08006", "08P01", "57P01", "57P03", "57014", "53300", "53100", "40001", "40P01", "58030", "25006")
REFUSALS = ("54000", "54001", "53200", "22001", "22003", "22008", "22009", "22P05", "23505", "21000", "XX000", "P0001")
OTHERS = ("42P01", "42501", "XX002", "0A000")


def problem(sqlstate: str) -> psycopg.Error:
    return psycopg.errors.lookup(sqlstate)("said by PostgreSQL")


@pytest.mark.parametrize("sqlstate", OUTAGES)
def test_what_passes_is_waited_for(sqlstate: str) -> None:
    assert is_outage(problem(sqlstate))
    assert not is_refusal(problem(sqlstate))


@pytest.mark.parametrize("sqlstate", REFUSALS)
def test_what_is_wrong_with_values_is_the_records_fault_whatever_its_class_in_python(sqlstate: str) -> None:
    assert is_refusal(problem(sqlstate))
    assert not is_outage(problem(sqlstate))


@pytest.mark.parametrize("sqlstate", OTHERS)
def test_what_is_wrong_with_the_database_or_with_us_is_neither(sqlstate: str) -> None:
    assert not is_refusal(problem(sqlstate))
    assert not is_outage(problem(sqlstate))


def test_a_connection_that_is_lost_says_no_state_and_is_an_outage() -> None:
    assert is_outage(psycopg.OperationalError("server closed the connection unexpectedly"))
    assert is_outage(psycopg.InterfaceError("the connection is closed"))
    assert is_outage(DatabaseUnreachable("nobody listens"))
    assert not is_outage(ValueError("no surrogates"))
    assert is_refusal(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"))
    assert is_refusal(psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))


def wrapped(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, problem(sqlstate))


@pytest.mark.parametrize("sqlstate", OUTAGES)
def test_an_outage_is_one_however_it_is_handed_on(sqlstate: str) -> None:
    assert is_outage(wrapped(sqlstate))
    for each in (problem(sqlstate), wrapped(sqlstate)):
        with pytest.raises(DatabaseUnreachable, match="said by PostgreSQL"), outages_told():
            raise each


@pytest.mark.parametrize("sqlstate", REFUSALS + OTHERS)
def test_what_is_no_outage_stays_the_error_that_it_is(sqlstate: str) -> None:
    for each in (problem(sqlstate), wrapped(sqlstate)):
        with pytest.raises(type(each)) as told, outages_told():
            raise each
        assert told.value is each


HOME = "event_store/database.py"
PACKAGES = ("event_store", "graphql_api", "infra", "migrations", "projections", "vision_workers")
OF_OUTAGES = ("08", "57P", "58")
"""A deadlock, say, or a question that takes too long may have an answer of its own; that nobody is there has one."""


def names_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name


def raised_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield name


def is_class_of_outages(name: str) -> bool:
    found = getattr(psycopg.errors, name, None)
    if found is psycopg.OperationalError or found is psycopg.InterfaceError:
        return True
    return (getattr(found, "sqlstate", None) or "").startswith(OF_OUTAGES)


def test_nobody_else_goes_by_the_class_of_an_error() -> None:
    root = Path(__file__).parents[2]
    sources = [path for package in PACKAGES for path in (root / package).rglob("*.py")]
    others = [path for path in sources if path != root / HOME]

    assert len(others) == len(sources) - 1
    found = {(str(path.relative_to(root)), name) for path in others for name in names_of(path)}
    assert {each for each in found if is_class_of_outages(each[1])} == set()
    assert [str(path) for path in others if "DatabaseUnreachable" in raised_of(path)] == [], "`outages_told` raises it"
