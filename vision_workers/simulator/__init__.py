"""A small store in three dimensions: what happens in it, what its cameras see, and the truth about both."""
