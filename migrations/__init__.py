"""Alembic migrations of the ledger and what stands beside it; read models are not migrated."""
