"""Roles of their own for sealer and monitor: both read the record, each writes what is its own and nothing else."""

from alembic import op

revision = "0010"
down_revision = "0009"

READERS = "shopfloor_sealer, shopfloor_monitor"

EVERY_ROW = "CREATE POLICY read_by_{role} ON record.{table} FOR SELECT TO shopfloor_{role} USING (true)"

RIGHTS = (
    f"GRANT USAGE ON SCHEMA record TO {READERS}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA record TO {READERS}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA record GRANT SELECT ON TABLES TO {READERS}",
    "GRANT INSERT, UPDATE ON record.trees, record.tiles, record.publications TO shopfloor_sealer",
    # a seal stays; a witness's cosignature is put behind its note
    "GRANT INSERT ON record.seals TO shopfloor_sealer",
    "GRANT UPDATE (note) ON record.seals TO shopfloor_sealer",
    "GRANT INSERT, UPDATE ON record.divergences, record.monitors TO shopfloor_monitor",
)


def upgrade() -> None:
    for statement in RIGHTS:
        op.execute(statement)
    for role in ("sealer", "monitor"):
        for table in ("ledger", "dead_letters", "applied", "amendments"):
            op.execute(EVERY_ROW.format(role=role, table=table))


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
