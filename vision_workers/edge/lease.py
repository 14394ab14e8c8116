"""One bridge carries at a time, which keeps each source in order; when it dies another one takes over."""

import secrets

from vision_workers.edge.connection import Client
from vision_workers.edge.keys import DISOWN, OWN, Keys

LEASE_S = 5.0
"""How long a bridge that died or stands still keeps the others waiting."""
KEPT, TAKEN = 1, 2


class Lease:
    """What a bridge holds while it carries, and says how it does with; over one connection."""

    def __init__(self, client: Client, keys: Keys, token: str, lease_s: float) -> None:
        self._own, self._disown = client.register_script(OWN), client.register_script(DISOWN)
        self._keys, self._lease_ms = [keys.owner, keys.status], int(1000 * lease_s)
        self._token = token
        self.is_held = False

    async def hold(self, status: str) -> bool:
        """Take the lease or keep it, where nobody else has it; return whether it was taken just now."""
        answer = int(await self._own(self._keys, [self._token, self._lease_ms, status]))
        self.is_held = answer in {KEPT, TAKEN}
        return answer == TAKEN

    async def release(self) -> None:
        """Let another bridge have it at once."""
        self.is_held = False
        await self._disown(self._keys, [self._token])


def new_token() -> str:
    """Return what a bridge is known by for as long as it lives."""
    return secrets.token_hex(16)
