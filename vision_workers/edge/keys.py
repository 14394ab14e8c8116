"""The keys in Redis, and the scripts that change several of them at once.

Braces put all of them into one slot of a Redis cluster. A script may run while Redis is full, so that a bridge can make
room.
"""

import msgspec

KEEP_S = 30 * 86_400
"""How long it is known what Kafka has of a source that says nothing more."""


class Keys(msgspec.Struct, frozen=True):
    """The keys of one installation; a prefix keeps several in one Redis apart."""

    prefix: str = ""

    @property
    def facts(self) -> str:
        """The stream of records that are not in Kafka yet."""
        return f"{{{self.prefix}shopfloor.edge}}:facts"

    @property
    def owner(self) -> str:
        """The bridge that carries now."""
        return f"{{{self.prefix}shopfloor.edge}}:owner"

    @property
    def status(self) -> str:
        """How that bridge does, in its words."""
        return f"{{{self.prefix}shopfloor.edge}}:status"

    @property
    def news(self) -> str:
        """A stream that grows whenever something was carried; workers wait for it."""
        return f"{{{self.prefix}shopfloor.edge}}:news"

    @property
    def refused(self) -> str:
        """Entries that are in quarantine."""
        return f"{{{self.prefix}shopfloor.edge}}:refused"

    def acknowledged(self, source: str) -> str:
        """Return the key of the last sequence of a source that Kafka has."""
        return f"{{{self.prefix}shopfloor.edge}}:acknowledged:{source}"


OWN = """#!lua flags=allow-oom
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
return owner and 1 or 2
"""
"""Take what nobody owns (2) or keep what one owns (1), and say how one does; 0 where somebody else owns it."""

DISOWN = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end
return 0
"""

CARRIED = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local sources, refused = tonumber(ARGV[3]), tonumber(ARGV[4])
local at = 4
for number = 1, sources do
    local key, sequence = KEYS[4 + number], ARGV[at + number]
    local before = redis.call('GET', key)
    if before and tonumber(before) > tonumber(sequence) then sequence = before end
    redis.call('SET', key, sequence, 'EX', ARGV[2])
end
at = at + sources
for number = 1, refused do redis.call('SADD', KEYS[4], ARGV[at + number]) end
if refused > 0 then redis.call('EXPIRE', KEYS[4], ARGV[2]) end
at = at + refused
for number = at + 1, #ARGV do redis.call('XDEL', KEYS[2], ARGV[number]) end
redis.call('XADD', KEYS[3], 'MAXLEN', 1, '*', 'carried', #ARGV - at)
return 1
"""
"""Say that Kafka has the records of these entries, and let go of them; 0 where somebody else carries meanwhile."""
