"""Old months of the ledger as files: written, checked, read again."""
