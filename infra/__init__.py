"""Everything that runs the other packages; nobody imports it."""
