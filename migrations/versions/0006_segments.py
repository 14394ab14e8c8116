"""Headers of records, the way to a recorded time, and the register of archived segments."""

from alembic import op

revision = "0006"
down_revision = "0005"

ARCHIVE = """
CREATE TABLE record.archive (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    address text NOT NULL
)
"""

SEGMENTS = """
CREATE TABLE record.segments (
    topic text NOT NULL,
    partition integer NOT NULL,
    first_offset bigint NOT NULL,
    last_offset bigint NOT NULL,
    month date NOT NULL,
    first_recorded timestamptz NOT NULL,
    last_recorded timestamptz NOT NULL,
    records integer NOT NULL,
    name text NOT NULL,
    manifest bytea NOT NULL,
    in_force boolean NOT NULL DEFAULT false,
    archived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, first_offset)
)
"""


def upgrade() -> None:
    # null stands for the header that every producer of ours writes
    op.execute("ALTER TABLE record.ledger ADD COLUMN headers bytea")
    # rows come nearly in the order of recorded time, so a range of time is a range of pages
    op.execute(
        "CREATE INDEX ledger_recorded ON record.ledger USING brin (recorded_at) "
        "WITH (pages_per_range = 32, autosummarize = on)"
    )
    op.execute(ARCHIVE)
    op.execute(SEGMENTS)
    op.execute("GRANT SELECT ON record.segments TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
