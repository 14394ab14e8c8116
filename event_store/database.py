"""PostgreSQL's address in the forms that its clients want."""

_SCHEMES = ("postgresql://", "postgres://")


def sqlalchemy_url(url: str) -> str:
    """Return a `postgresql://` URL as SQLAlchemy wants it for psycopg, synchronous and asynchronous."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url
