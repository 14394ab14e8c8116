"""Batches of the record into PostgreSQL, exactly once: fence, ledger, read models and dead letters together."""
