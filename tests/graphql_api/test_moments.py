"""Moments as clients may write them: RFC 3339, and nothing else."""

from datetime import datetime
from typing import Any

import pytest
from graphql import GraphQLError

from graphql_api.scalars import SCALARS

READ: Any = SCALARS[datetime].parse_value
ANSWERED = {
    "2026-03-02T12:00:00Z": "2026-03-02T12:00:00+00:00",
    "2026-03-02t12:00:00z": "2026-03-02T12:00:00+00:00",
    "2026-03-02T12:00:00.25+09:00": "2026-03-02T03:00:00.250000+00:00",
    "2026-03-02T12:00:00.123456789Z": "2026-03-02T12:00:00.123456+00:00",
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00+00:00",
    "2017-01-01T08:59:60+09:00": "2017-01-01T00:00:00+00:00",
}
REFUSED: list[Any] = [
    "2026-W49-1T00:00:00Z",
    "20261130T000000+0100",
    "2026-11-30 00:00:00Z",
    "2026-11-30T00:00Z",
    "2026-11-30T00Z",
    "2026-11-30",
    "2026-11-30T00:00:00",
    "2026-11-30T00:00:00+01",
    "2026-11-30T00:00:00+0100",
    "2026-11-30T00:00:00,5Z",
    "2026-11-31T00:00:00Z",
    "2026-11-30T24:00:00Z",
    "2026-11-30T23:60:00Z",
    "2026-11-30T23:59:61Z",
    "2026-11-30T00:00:00+24:00",
    "\u0662026-11-30T00:00:00Z",
    " 2026-11-30T00:00:00Z",
    "2026-11-30T00:00:00Z\n",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "",
    0,
    None,
    True,
]


@pytest.mark.parametrize("text", ANSWERED)
def test_every_spelling_of_the_standard_is_read(text: str) -> None:
    assert READ(text).isoformat() == ANSWERED[text]


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_what_the_standard_does_not_know_is_refused_in_words(text: Any) -> None:
    with pytest.raises(GraphQLError, match=r"RFC 3339|time zone|calendar|years"):
        READ(text)
