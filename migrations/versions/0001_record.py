"""The record: ledger, ids, dead letters, checkpoints, outbox and the pointers to current read models."""

from alembic import op

revision = "0001"
down_revision = None

LEDGER = """
CREATE TABLE record.ledger (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    disposition text NOT NULL CHECK (disposition IN ('applied', 'duplicate', 'parked', 'dead')),
    key bytea,
    value bytea,
    event_id text,
    type text,
    organisation text,
    store text,
    source text,
    sequence bigint,
    subject text,
    time timestamptz,
    PRIMARY KEY (topic, partition, "offset", recorded_at)
) PARTITION BY RANGE (recorded_at)
"""

APPLIED = """
CREATE TABLE record.applied (
    event_id uuid NOT NULL,
    organisation text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    PRIMARY KEY (event_id, organisation)
)
"""

DEAD_LETTERS = """
CREATE TABLE record.dead_letters (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    organisation text,
    store text,
    subject text,
    type text,
    reason text NOT NULL,
    error text NOT NULL,
    behind bigint,
    headers jsonb NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
)
"""

CHECKPOINTS = """
CREATE TABLE record.checkpoints (
    name text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    generation bigint NOT NULL DEFAULT 0,
    log_end bigint NOT NULL DEFAULT 0,
    last_digest bytea,
    last_recorded_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    stopped text,
    PRIMARY KEY (name, topic, partition)
) WITH (fillfactor = 50)
"""

OUTBOX = """
CREATE TABLE record.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""

POLICY_SOURCES = """
CREATE TABLE record.policy_sources (
    policy text NOT NULL,
    organisation text NOT NULL,
    store text NOT NULL,
    last_sequence bigint NOT NULL,
    PRIMARY KEY (policy, organisation, store)
)
"""

CURRENT_VERSIONS = """
CREATE TABLE record.current_versions (
    projection text PRIMARY KEY,
    version integer NOT NULL,
    build integer NOT NULL,
    switched_at timestamptz NOT NULL DEFAULT now()
)
"""

VISIBLE = """
CREATE POLICY visible ON record.{table} FOR SELECT TO shopfloor_api USING (
    (SELECT current_setting('shopfloor.organisations', true)) = '*'
    OR organisation = ANY ((SELECT string_to_array(current_setting('shopfloor.organisations', true), ','))::text[])
)
"""


def upgrade() -> None:
    for statement in (LEDGER, APPLIED, DEAD_LETTERS, CHECKPOINTS, OUTBOX, POLICY_SOURCES, CURRENT_VERSIONS):
        op.execute(statement)
    op.execute("CREATE INDEX outbox_order ON record.outbox (topic, partition, id)")
    # The owner is not forced, because COPY into a table with row security is refused to whom it binds.
    for table in ("ledger", "dead_letters"):
        op.execute(f"ALTER TABLE record.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(VISIBLE.format(table=table))
        op.execute(f"GRANT SELECT ON record.{table} TO shopfloor_api")
    op.execute("GRANT SELECT ON record.checkpoints, record.current_versions, record.alembic_version TO shopfloor_api")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
