"""The commands of the API: each idempotency key of an organisation, and the record that it stands for."""

from alembic import op

revision = "0002"
down_revision = "0001"

COMMANDS = """
CREATE TABLE record.commands (
    organisation text NOT NULL,
    key text NOT NULL,
    input_digest bytea NOT NULL,
    store text NOT NULL,
    event_id text NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    topic text,
    partition integer,
    "offset" bigint,
    PRIMARY KEY (organisation, key)
)
"""

OWN = """
CREATE POLICY own ON record.commands TO shopfloor_api USING ({seen}) WITH CHECK ({seen})
"""

SEEN = """
(SELECT current_setting('shopfloor.organisations', true)) = '*'
OR organisation = ANY ((SELECT string_to_array(current_setting('shopfloor.organisations', true), ','))::text[])
"""


def upgrade() -> None:
    op.execute(COMMANDS)
    op.execute("ALTER TABLE record.commands ENABLE ROW LEVEL SECURITY")
    op.execute(OWN.format(seen=SEEN))
    op.execute('GRANT SELECT, INSERT, UPDATE (topic, partition, "offset") ON record.commands TO shopfloor_api')


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
