"""Alembic's entry: runs the revisions on the connection that `migrations.schema` hands over."""

from alembic import context
from sqlalchemy import text

from migrations.roles import PROJECTOR

connection = context.config.attributes["connection"]
connection.execute(text(f"SET ROLE {PROJECTOR}"))
context.configure(connection=connection, version_table_schema="record", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
connection.execute(text("RESET ROLE"))
