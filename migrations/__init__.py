"""The migrated part of the database: the record, its checkpoints and pointers. Read models are not migrated."""

from migrations.schema import check, current, upgrade

__all__ = ["check", "current", "upgrade"]
