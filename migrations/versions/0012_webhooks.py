"""Webhooks: who subscribed to what, how far each one's facts were taken out of the record, and what became of them."""

from alembic import op

revision = "0012"
down_revision = "0011"

SUBSCRIPTIONS = """
CREATE TABLE webhooks.subscriptions (
    id text PRIMARY KEY,
    organisation text NOT NULL,
    stores text[],
    types text[],
    address text NOT NULL,
    secret bytea NOT NULL,
    master text NOT NULL,
    state text NOT NULL DEFAULT 'unproven' CHECK (state IN ('unproven', 'active', 'disabled')),
    proven_at timestamptz,
    trouble text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_sequence bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until timestamptz NOT NULL DEFAULT now()
)
"""

PLACES = """
CREATE TABLE webhooks.places (
    subscription text NOT NULL REFERENCES webhooks.subscriptions,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (subscription, topic, partition)
)
"""

DELIVERIES = """
CREATE TABLE webhooks.deliveries (
    subscription text NOT NULL REFERENCES webhooks.subscriptions,
    sequence bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    entity text NOT NULL,
    previous text,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    resent boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (subscription, sequence)
)
"""

ATTEMPTS = """
CREATE TABLE webhooks.attempts (
    subscription text NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    status integer,
    took_ms integer NOT NULL,
    trouble text,
    answer text,
    FOREIGN KEY (subscription, sequence) REFERENCES webhooks.deliveries ON DELETE CASCADE
)
"""

INDEXES = (
    "CREATE INDEX deliveries_pending ON webhooks.deliveries (subscription, entity, sequence) WHERE state = 'pending'",
    "CREATE INDEX deliveries_by_entity ON webhooks.deliveries (subscription, entity, sequence DESC)",
    "CREATE INDEX attempts_of_delivery ON webhooks.attempts (subscription, sequence, at)",
)

READS = """
GRANT SELECT ON record.ledger, record.dead_letters, record.checkpoints, record.segments, record.archive,
    record.alembic_version TO shopfloor_dispatcher
"""
EVERY_ROW = "CREATE POLICY read_by_dispatcher ON record.{table} FOR SELECT TO shopfloor_dispatcher USING (true)"


def upgrade() -> None:
    op.execute(READS)
    for table in ("ledger", "dead_letters"):
        op.execute(EVERY_ROW.format(table=table))
    op.execute("SET ROLE shopfloor_dispatcher")
    for statement in (SUBSCRIPTIONS, PLACES, DELIVERIES, ATTEMPTS, *INDEXES):
        op.execute(statement)
    op.execute("SET ROLE shopfloor_projector")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
