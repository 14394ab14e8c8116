"""How far each channel has the checkpoints: the log of seals is the outbox, this is every receiver's place in it."""

from alembic import op

revision = "0009"
down_revision = "0008"

PUBLICATIONS = """
CREATE TABLE record.publications (
    channel text PRIMARY KEY,
    seals bigint NOT NULL,
    begins_with bigint NOT NULL,
    delivered_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    trouble text
)
"""


def upgrade() -> None:
    op.execute(PUBLICATIONS)
    op.execute("GRANT SELECT ON record.publications TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
