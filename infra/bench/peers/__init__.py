"""Projections of other projects. These programs run in an environment of their own and import nothing of ours.

Each takes a task as JSON and prints its measurement as JSON, as our contenders do. Both libraries give a projection
one event at a time and commit after each; their options for batches are about reading, and are on.
"""
