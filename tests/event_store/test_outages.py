"""PostgreSQL says itself what is an outage, and what is wrong with the values that it was given."""

import psycopg
import pytest

from event_store.database import is_outage, is_refusal
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
