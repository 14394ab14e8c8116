"""Read models filled from the ledger: anew, up to a moment, or for the stores that an amendment touches."""
