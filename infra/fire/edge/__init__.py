"""Fire between a worker and Kafka: worker, bridge, Redis with the tail of its log, and Kafka die in any order."""
