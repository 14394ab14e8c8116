"""The fact sheet: what a report may claim, worked out from the figures by code alone.

A claim is only made where it holds for certain. Where a camera did not watch all of the time, counts are lower bounds
and nothing is ranked or compared; what nobody watched is unknown.
"""

from collections.abc import Mapping, Sequence

import msgspec

from graphql_api.reports.claims import Slot
from graphql_api.reports.values import Value

Query = str
"""The question that a fact is the answer to, as it was asked of the read models."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One figure behind a claim."""

    subject: str
    """What it is about, such as `zone/dairy`."""
    measure: str
    value: int | float | str | None
    """Null where it is not known."""
    unit: str
    coverage: float | None
    """The share of the time that the cameras behind it watched; null where there is none."""
    query: Query
    events: Sequence[str] = ()
    """Ids of recorded facts behind it: the first ones."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a report may say."""

    name: str
    values: Mapping[str, Value]
    facts: Sequence[Fact]


class FactSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one report may say."""

    claims: Mapping[str, Claim]

    @property
    def slots(self) -> Mapping[Slot, Value]:
        """What each slot is filled with."""
        return {
            Slot(claim.name, field): value for claim in self.claims.values() for field, value in claim.values.items()
        }
