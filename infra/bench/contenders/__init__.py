"""Those who run in turns, each in a process of its own: a task comes in as JSON, the measurement goes out as JSON."""
