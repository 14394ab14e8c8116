"""Whom a fact is about is found in the ledger without reading all of it: forgetting and subject reports ask for that.

A visit's facts lie close together, so a Bloom filter for each megabyte of the ledger is enough. It takes a thousandth
of the ledger's size and is made when the megabyte is full, so that writing costs nothing more.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

INDEX = """
CREATE INDEX ledger_subjects ON record.ledger
USING brin (subject text_bloom_ops (n_distinct_per_range = 700, false_positive_rate = 0.001))
WITH (pages_per_range = 128, autosummarize = on)
"""


def upgrade() -> None:
    op.execute(INDEX)


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
