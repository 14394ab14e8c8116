"""Facts to whom they were promised: each subscriber's place in the record is its outbox."""
