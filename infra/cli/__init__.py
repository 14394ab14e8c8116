"""The command `shopfloor`."""

from infra.cli.app import main

__all__ = ["main"]
