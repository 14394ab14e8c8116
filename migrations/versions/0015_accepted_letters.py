"""How far somebody has accepted what of a partition cannot be applied: it counts for no limit."""

from alembic import op

revision = "0015"
down_revision = "0014"

ACCEPTED = """
CREATE TABLE record.accepted_letters (
    topic text NOT NULL,
    partition integer NOT NULL,
    before bigint NOT NULL,
    accepted_by text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, before)
)
"""


def upgrade() -> None:
    op.execute(ACCEPTED)


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
