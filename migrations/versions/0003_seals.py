"""The trees over the ledger, tile by tile, and the log of signed seals."""

from alembic import op

revision = "0003"
down_revision = "0002"

TREES = """
CREATE TABLE record.trees (
    name text PRIMARY KEY,
    size bigint NOT NULL,
    next_offset bigint NOT NULL
)
"""

TILES = """
CREATE TABLE record.tiles (
    tree text NOT NULL,
    level smallint NOT NULL,
    index bigint NOT NULL,
    hashes bytea NOT NULL,
    first_offset bigint,
    PRIMARY KEY (tree, level, index)
)
"""

SEALS = """
CREATE TABLE record.seals (
    number bigint PRIMARY KEY,
    time_ms bigint NOT NULL,
    entry bytea NOT NULL,
    note bytea NOT NULL
)
"""


def upgrade() -> None:
    for statement in (TREES, TILES, SEALS):
        op.execute(statement)
    # the register of erasures, found without reading the ledger
    op.execute(
        'CREATE INDEX ledger_erasures ON record.ledger (topic, partition, "offset") '
        "WHERE type LIKE 'shopfloor.SubjectForgotten.%'"
    )
    # from an offset to the number of its leaf
    op.execute("CREATE INDEX tiles_by_offset ON record.tiles (tree, first_offset) WHERE level = 0")
    op.execute("GRANT SELECT ON record.trees, record.tiles, record.seals TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
