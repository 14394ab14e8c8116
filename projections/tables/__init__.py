"""What PostgreSQL keeps: read models by build, their digests, what is forgotten in them; ids and amendments."""
