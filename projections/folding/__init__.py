"""Facts into rows, in memory: pure, repeatable, without a database."""
