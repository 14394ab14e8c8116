"""What can go wrong with the Redis between a worker and Kafka.

VisionError
└── EdgeError
    ├── RedisUnreachable   Redis does not answer
    ├── RedisRefuses       it is there, and takes no client with these settings
    ├── RedisFull          it has no room; what waits in the spool stays there
    ├── UnfitRedis         a Redis that forgets what it is given
    └── UnusableRedisFile  a file for TLS to Redis that is none
"""

from pathlib import Path

from redis import exceptions

from vision_workers.errors import VisionError


class EdgeError(VisionError):
    """Something with the Redis between a worker and Kafka."""


class RedisUnreachable(EdgeError):
    """Redis does not answer."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"Redis at {where} cannot be used: {' '.join(why.split())}; start it or correct SHOPFLOOR_REDIS "
            "(`shopfloor doctor`)"
        )


class RedisRefuses(EdgeError):
    """Redis is there and takes no client with these settings; waiting does not help."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"Redis at {where} cannot be used: {why}")


class RedisFull(EdgeError):
    """Redis has no room."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"Redis at {where} is full: it takes no facts, and they wait in the spool; see whether `shopfloor bridge` "
            "brings them to Kafka and what else fills Redis, or raise its maxmemory"
        )


class UnfitRedis(EdgeError):
    """A Redis that forgets what it is given."""

    def __init__(self, where: str, what: str, cure: str) -> None:
        super().__init__(f"Redis at {where} {what}: facts would vanish from it; {cure}")


class UnusableRedisFile(EdgeError):
    """A file for TLS to Redis that is none."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"SHOPFLOOR_REDIS_CA_FILE names {path}: {why}; give a PEM file of the authority")


WRONG_USER = "it refuses the user or the password; correct SHOPFLOOR_REDIS_USER and SHOPFLOOR_REDIS_PASSWORD"
WRONG_SIGNER = "its certificate is for another name, or was signed by nobody known here; set SHOPFLOOR_REDIS_CA_FILE"
NO_TLS = "where it speaks none, write redis:// in SHOPFLOOR_REDIS or name its TLS port"
"""A Redis that knows no TLS waits for the rest of what it takes for a command."""
REFUSALS = {
    "no permissions": "this user may not do what is needed; give it the rights that docs/edge.md lists",
    "READONLY": "it is a replica, which takes nothing; name the primary in SHOPFLOOR_REDIS",
    "WRONGTYPE": "keys of ours hold something else; give Shopfloor a database of its own, or a SHOPFLOOR_TOPIC_PREFIX",
    "unknown command": "it is older than Redis 7; upgrade it",
    "CERTIFICATE_VERIFY_FAILED": WRONG_SIGNER,
    "WRONG_VERSION_NUMBER": NO_TLS,
    "invalid DB index": "it has no database of that number; correct the number at the end of SHOPFLOOR_REDIS",
    "DB index is out of range": "it has no database of that number; correct the number at the end of SHOPFLOOR_REDIS",
}
"""What waiting cannot help, by words of Redis or OpenSSL."""


def edge_error(where: str, problem: BaseException, *, is_secure: bool) -> EdgeError:
    """Return the error that tells a user what a client of Redis met, over TLS or without it."""
    said = str(problem) or type(problem).__name__
    if isinstance(problem, exceptions.AuthenticationError) or said.startswith(("NOAUTH", "WRONGPASS")):
        return RedisRefuses(where, WRONG_USER)
    if isinstance(problem, exceptions.OutOfMemoryError) or "OOM command not allowed" in said:
        return RedisFull(where)
    if is_secure and "Timeout connecting" in said:
        said = f"no answer over TLS; {NO_TLS}"
    refused = next((cure for words, cure in REFUSALS.items() if words in said), None)
    return RedisUnreachable(where, said) if refused is None else RedisRefuses(where, refused)
