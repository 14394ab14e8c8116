"""Sales from files of tills."""
