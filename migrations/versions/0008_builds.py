"""The build of a read model before the current one, which it can go back to."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE record.current_versions ADD previous_version integer, ADD previous_build integer")


def downgrade() -> None:
    raise NotImplementedError("the record is never taken away")
