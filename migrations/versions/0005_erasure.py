"""The keys of subjects, apart from the record and in a role of their own, and the record's register of erasures."""

from alembic import op

revision = "0005"
down_revision = "0004"

REGISTER = """
CREATE TABLE record.erasures (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    organisation text NOT NULL,
    store text NOT NULL,
    subject text NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
)
"""

KEYS = """
CREATE TABLE erasure.keys (
    organisation text NOT NULL,
    subject text NOT NULL,
    key_id text NOT NULL UNIQUE,
    wrapped bytea NOT NULL,
    master text NOT NULL,
    stores text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation, subject)
)
"""

TOMBSTONES = """
CREATE TABLE erasure.tombstones (
    organisation text NOT NULL,
    subject text NOT NULL,
    ground text NOT NULL,
    stores text[] NOT NULL,
    key_ids text[] NOT NULL,
    pictures integer,
    forgotten_at timestamptz NOT NULL,
    told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (organisation, subject)
)
"""

CONSENTS = """
CREATE TABLE erasure.consents (
    organisation text NOT NULL,
    store text NOT NULL,
    subject text NOT NULL,
    purpose text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (organisation, subject, store, purpose)
)
"""

SOURCES = """
CREATE TABLE erasure.sources (
    organisation text NOT NULL,
    store text NOT NULL,
    source text NOT NULL,
    last_sequence bigint NOT NULL,
    PRIMARY KEY (organisation, store)
)
"""

OUTBOX = """
CREATE TABLE erasure.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""


def upgrade() -> None:
    op.execute(REGISTER)
    op.execute("CREATE INDEX erasures_by_subject ON record.erasures (organisation, subject)")
    op.execute("GRANT USAGE ON SCHEMA record TO shopfloor_keeper")
    op.execute("GRANT SELECT ON record.erasures TO shopfloor_keeper")
    op.execute("SET ROLE shopfloor_keeper")
    for statement in (KEYS, TOMBSTONES, CONSENTS, SOURCES, OUTBOX):
        op.execute(statement)
    op.execute("SET ROLE shopfloor_projector")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
