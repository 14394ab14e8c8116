"""What `shopfloor doctor` looks at: each check says how it is and what to do."""
