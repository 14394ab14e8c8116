"""What became of dead letters later, and the amendments among the records, found without reading the ledger."""

from alembic import op

revision = "0004"
down_revision = "0003"

RESOLVED = """
ALTER TABLE record.dead_letters
    ADD COLUMN resolved text CHECK (resolved IN ('retried', 'skipped', 'duplicate')),
    ADD COLUMN resolved_by bigint
"""

AMENDMENTS = """
CREATE TABLE record.amendments (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    organisation text NOT NULL,
    store text NOT NULL,
    subject text NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
)
"""

VISIBLE = """
CREATE POLICY visible ON record.{table} FOR SELECT TO shopfloor_api USING (
    (SELECT current_setting('shopfloor.organisations', true)) = '*'
    OR organisation = ANY ((SELECT string_to_array(current_setting('shopfloor.organisations', true), ','))::text[])
)
"""


def upgrade() -> None:
    op.execute(RESOLVED)
    op.execute(AMENDMENTS)
    op.execute(
        'CREATE INDEX dead_letters_waiting ON record.dead_letters (organisation, store, subject, "offset") '
        "WHERE resolved IS NULL"
    )
    op.execute("CREATE INDEX amendments_by_subject ON record.amendments (organisation, store, subject)")
    for table in ("amendments", "applied"):
        op.execute(f"ALTER TABLE record.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(VISIBLE.format(table=table))
        op.execute(f"GRANT SELECT ON record.{table} TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
