"""The folder of keys: `<id>.key` signs and is ours alone, `<id>.vkey` is public and stays for ever."""

import os
from pathlib import Path
from secrets import token_hex

from filelock import FileLock

from event_store.checkpoints.errors import ExposedKey, InvalidOrigin, LastSigningKey, NoSigningKey, UnreadableKey
from event_store.checkpoints.notes import SigningKey, VerifierKey, valid_name

_OTHERS = 0o077
LOCAL_LOG = "shopfloor.local/"


class KeyFolder:
    """Keys of one log. All private keys in it sign, so a new key and the old one can overlap before the old retires."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, origin: str) -> SigningKey:
        """Make a key for the log of that name, beside those that are there."""
        if not valid_name(origin):
            raise InvalidOrigin(origin)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = SigningKey.generate(origin)
        name = key.verifier.id.hex()
        self._write(self._folder / f"{name}.vkey", str(key.verifier), 0o644)
        self._write(self._folder / f"{name}.key", key.secret_text(), 0o600)
        return key

    def ready(self) -> list[SigningKey]:
        """Return every key that signs; makes the first one, for a log with a random name, in a folder without any."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._folder / ".lock"):
            if not any(self._folder.glob("*.vkey")):
                self.create(f"{LOCAL_LOG}{token_hex(4)}")
        return self.signing()

    def signing(self) -> list[SigningKey]:
        """Return every key that signs; refuses a folder without one, and a key that others can read."""
        keys = [self._read_private(path) for path in sorted(self._folder.glob("*.key"))]
        if not keys:
            raise NoSigningKey(self._folder)
        return keys

    def public(self) -> list[VerifierKey]:
        """Return every public key there ever was."""
        return sorted(self._read_public(path) for path in self._folder.glob("*.vkey"))

    def origin(self) -> str:
        """Return the log's name."""
        return self.signing()[0].verifier.name

    def rotate(self) -> SigningKey:
        """Add a key; from now on it and the older ones sign."""
        return self.create(self.origin())

    def retire(self, key_id: str) -> None:
        """Destroy a private key; its public key stays, so what it signed can still be checked."""
        names = [key.verifier.id.hex() for key in self.signing()]
        if names == [key_id]:
            raise LastSigningKey(key_id)
        path = self._folder / f"{key_id}.key"
        if key_id not in names:
            raise UnreadableKey(path, "no such key signs")
        path.unlink()

    def _read_private(self, path: Path) -> SigningKey:
        mode = path.stat().st_mode & 0o777
        if mode & _OTHERS:
            raise ExposedKey(path, mode)
        try:
            return SigningKey.read(path.read_text().strip())
        except (ValueError, OSError) as problem:
            raise UnreadableKey(path, str(problem)) from problem

    def _read_public(self, path: Path) -> VerifierKey:
        try:
            return VerifierKey.read(path.read_text().strip())
        except (ValueError, OSError) as problem:
            raise UnreadableKey(path, str(problem)) from problem

    def _write(self, path: Path, text: str, mode: int) -> None:
        unfinished = path.with_suffix(".new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
