"""One file per subject: its table, its fold, and the questions that can be asked of it."""
