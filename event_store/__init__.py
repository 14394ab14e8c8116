"""The record of facts: what happened, in which order, and how to prove it."""
