"""Keeps the processes of one installation running, and says how they are."""
