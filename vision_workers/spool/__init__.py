"""The edge outbox: facts wait here, on disk, until the broker has acknowledged them."""
