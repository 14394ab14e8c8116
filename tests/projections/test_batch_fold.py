from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.catalogue import READ_MODELS
from projections.folding.folding import fold_all
from projections.folding.projection import Policy
from projections.folding.readings import Reader
from projections.policies.gaps import Gaps
from tests.builders.facts import crossed
from tests.builders.histories import long_day
from tests.builders.logs import Log
from tests.builders.tables_in_memory import Tables
from tests.builders.tallies import Tallies

READER = Reader(12)
DAY = [READER.read(record) for record in long_day(shoppers=12).records]


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(min_value=1, max_value=len(DAY) - 1), max_size=30))
async def test_however_a_day_is_cut_into_batches_rows_and_dispositions_are_the_same(cuts: list[int]) -> None:
    whole, cut = Tables(READ_MODELS), Tables(READ_MODELS)
    await whole.take(DAY)
    edges = [0, *sorted(set(cuts)), len(DAY)]
    for begin, end in pairwise(edges):
        await cut.take(DAY[begin:end])

    assert cut.held == whole.held
    assert cut.dispositions == whole.dispositions


async def test_a_batch_folds_to_what_its_facts_fold_to_one_by_one() -> None:
    tables = Tables(READ_MODELS)
    folded = await tables.take(DAY)
    applied = [
        reading.recorded
        for reading, disposition in zip(DAY, folded.dispositions, strict=True)
        if disposition == "applied" and reading.recorded is not None
    ]

    for projection in READ_MODELS:
        if not isinstance(projection, Policy):  # these take notice of dead letters too
            assert tables.held[projection.name] == fold_all(projection, applied)


async def test_a_fact_that_fails_leaves_no_trace_in_any_table() -> None:
    log = Log().add(crossed("cursed"))
    tables = Tables([Tallies(), *READ_MODELS])
    await tables.take([READER.read(record) for record in log.records])

    assert {name: held for name, held in tables.held.items() if held} == {"gaps": tables.held["gaps"]}


class Forgetful(Gaps):
    """A policy with a bug of its own."""

    def pass_by(self, rows: Any, attributes: Any) -> Any:  # noqa: ARG002
        raise KeyError("what was it")


async def test_a_policy_that_fails_on_a_dead_letter_stops_the_projector_and_does_not_run_for_ever() -> None:
    log = Log().add(crossed("cursed"))

    with pytest.raises(Exception, match="what was it"):
        await Tables([Tallies(), Forgetful()]).take([READER.read(record) for record in log.records])
