"""Checks an archive or a proof of the record. Stands alone: the standard library and `cryptography`, no network.

Copy this folder anywhere and run `python -m verifier --help` beside it. The formats are described in docs/auditing.md.
"""
