"""The API manages subscriptions, each token those of its organisations; secrets it may write, and never read."""

from alembic import op

revision = "0013"
down_revision = "0012"

SEEN = """
(SELECT current_setting('shopfloor.organisations', true)) = '*'
OR organisation = ANY ((SELECT string_to_array(current_setting('shopfloor.organisations', true), ','))::text[])
"""
OWN = "CREATE POLICY own ON webhooks.subscriptions TO shopfloor_api USING ({seen}) WITH CHECK ({seen})"
OF_OWN = """
CREATE POLICY own ON webhooks.{table} TO shopfloor_api
USING (EXISTS (SELECT FROM webhooks.subscriptions s WHERE s.id = subscription))
WITH CHECK (EXISTS (SELECT FROM webhooks.subscriptions s WHERE s.id = subscription))
"""
MANAGE = """
GRANT SELECT (id, organisation, stores, types, address, state, trouble, created_at, last_sequence, failures,
        failing_since, paused_until, proven_at),
    INSERT (id, organisation, stores, types, address, secret, master),
    UPDATE (state, trouble, failures, failing_since, paused_until)
    ON webhooks.subscriptions TO shopfloor_api
"""
RIGHTS = (
    "GRANT USAGE ON SCHEMA webhooks TO shopfloor_api",
    MANAGE,
    "GRANT SELECT, INSERT ON webhooks.places TO shopfloor_api",
    "GRANT SELECT, UPDATE (state, resent, attempts, next_attempt_at, ended_at) ON webhooks.deliveries TO shopfloor_api",
    "GRANT SELECT ON webhooks.attempts TO shopfloor_api",
)


def upgrade() -> None:
    op.execute("SET ROLE shopfloor_dispatcher")
    for table in ("subscriptions", "places", "deliveries", "attempts"):
        op.execute(f"ALTER TABLE webhooks.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(OWN.format(seen=SEEN))
    for table in ("places", "deliveries", "attempts"):
        op.execute(OF_OWN.format(table=table))
    for statement in RIGHTS:
        op.execute(statement)
    op.execute("SET ROLE shopfloor_projector")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
