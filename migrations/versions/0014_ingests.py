"""What the API answered to sales under an idempotency key."""

from alembic import op

revision = "0014"
down_revision = "0013"

INGESTS = """
CREATE TABLE record.ingests (
    token text NOT NULL,
    key text NOT NULL,
    body_digest bytea NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token, key)
)
"""


def upgrade() -> None:
    op.execute(INGESTS)
    op.execute("CREATE INDEX ingests_age ON record.ingests (created_at)")
    op.execute("GRANT SELECT, INSERT, DELETE ON record.ingests TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
