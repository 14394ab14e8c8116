"""The edge bridge: facts go from a worker to a Redis nearby, and from there to Kafka."""
