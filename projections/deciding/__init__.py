"""What people decide about the record: corrections, and dead letters tried again or skipped."""
