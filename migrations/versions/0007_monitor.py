"""What the monitor found: copies of the record that are not what was sealed, and when it looked."""

from alembic import op

revision = "0007"
down_revision = "0006"

DIVERGENCES = """
CREATE TABLE record.divergences (
    side text NOT NULL,
    tree text NOT NULL,
    leaf bigint NOT NULL,
    "offset" bigint,
    checkpoint bigint NOT NULL,
    why text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    reported_at timestamptz,
    mended_at timestamptz,
    PRIMARY KEY (side, tree, leaf)
)
"""

MONITORS = """
CREATE TABLE record.monitors (
    topic text PRIMARY KEY,
    looked_at timestamptz NOT NULL,
    checkpoint bigint NOT NULL,
    verified jsonb NOT NULL,
    unreachable jsonb NOT NULL,
    round_ended_at timestamptz,
    round_took interval
)
"""


def upgrade() -> None:
    op.execute(DIVERGENCES)
    op.execute(MONITORS)
    op.execute("GRANT SELECT ON record.divergences, record.monitors TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
