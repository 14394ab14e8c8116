"""Tools for whoever writes a receiver: an example to send it, and a receiver to compare it with."""
