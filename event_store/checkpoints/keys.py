"""The folder of keys: `<id>.key` signs and is ours alone, `<id>.vkey` is public and stays for ever."""

from pathlib import Path
from secrets import token_hex

from filelock import FileLock

from event_store.checkpoints.errors import InvalidOrigin, LastSigningKey, NoSigningKey, UnreadableKey
from event_store.checkpoints.key_files import PUBLIC, SECRET, make_folder, read_secret, write_key
from event_store.checkpoints.notes import ED25519, SigningKey, VerifierKey, valid_name
from event_store.checkpoints.signed import SignedLog

LOCAL_LOG = "shopfloor.local/"


class KeyFolder:
    """Keys of one log. All private keys in it sign, so a new key and the old one can overlap before the old retires."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, origin: str) -> SigningKey:
        """Make a key for the log of that name, beside those that are there."""
        if not valid_name(origin):
            raise InvalidOrigin(origin)
        make_folder(self._folder)
        key = SigningKey.generate(origin)
        name = key.verifier.id.hex()
        write_key(self._folder / f"{name}.vkey", str(key.verifier), PUBLIC)
        write_key(self._folder / f"{name}.key", key.secret_text(), SECRET)
        return key

    def ready(self) -> list[SigningKey]:
        """Return every key that signs; makes the first one, for a log with a random name, in a folder without any."""
        make_folder(self._folder)
        with FileLock(self._folder / ".lock"):
            if not any(key.kind == ED25519 for key in self.public()):
                self.create(f"{LOCAL_LOG}{token_hex(4)}")
        return self.signing()

    def signing(self) -> list[SigningKey]:
        """Return every key that signs; refuses a folder without one, and a key that others can read."""
        keys = [self._read_private(path) for path in sorted(self._folder.glob("*.key"))]
        if not keys:
            raise NoSigningKey(self._folder)
        return keys

    def signed(self) -> SignedLog:
        """Return what these keys have signed."""
        return SignedLog(self._folder)

    def public(self) -> list[VerifierKey]:
        """Return every public key there ever was."""
        return sorted(self._read_public(path) for path in self._folder.glob("*.vkey"))

    def keep(self, key: VerifierKey) -> None:
        """Keep somebody else's public key, such as a witness's, so that archives bring what it signed."""
        make_folder(self._folder)
        path = self._folder / f"{key.id.hex()}.vkey"
        with FileLock(self._folder / ".lock"):
            if not path.exists():
                write_key(path, str(key), PUBLIC)

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
        text = read_secret(path)
        try:
            return SigningKey.read(text)
        except ValueError as problem:
            raise UnreadableKey(path, str(problem)) from problem

    def _read_public(self, path: Path) -> VerifierKey:
        try:
            return VerifierKey.read(path.read_text().strip())
        except (ValueError, OSError) as problem:
            raise UnreadableKey(path, str(problem)) from problem
