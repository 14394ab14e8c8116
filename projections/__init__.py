"""Read models, folded from the record and rebuilt from it at any time."""
