"""Real Kafka and PostgreSQL as child processes, in a data folder."""
