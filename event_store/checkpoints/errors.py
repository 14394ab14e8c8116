"""What can go wrong with the keys that sign the record.

ShopfloorError
└── KeyFolderUnusable      the folder of signing keys cannot be used
    ├── NoSigningKey
    ├── ExposedKey
    ├── UnreadableKey
    ├── UnwritableKeys
    ├── InvalidOrigin
    ├── AlreadyNamed
    └── LastSigningKey
"""

from pathlib import Path

from event_store.errors import ShopfloorError


class KeyFolderUnusable(ShopfloorError):
    """The folder of signing keys cannot be used."""


class NoSigningKey(KeyFolderUnusable):
    """The folder has no private key."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds no signing key; make one with `shopfloor keys create ORIGIN`")


class ExposedKey(KeyFolderUnusable):
    """A private key that others can read."""

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(
            f"the key {path} is open to others (mode {mode:04o}); rotate it, as it may be known, and chmod 600"
        )


class UnreadableKey(KeyFolderUnusable):
    """A key file that is no key."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not a readable key: {why}; restore it from its backup")


class UnwritableKeys(KeyFolderUnusable):
    """A folder of keys that takes no note of what is signed: nothing is signed that is not noted."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}; nothing is signed until it can be")


class InvalidOrigin(KeyFolderUnusable):
    """A name that a log cannot have."""

    exit_status = 2

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin!r} cannot name a log; take a name without spaces and plus signs, such as example.com/shopfloor"
        )


class AlreadyNamed(KeyFolderUnusable):
    """The folder has the keys of a log already."""

    exit_status = 2

    def __init__(self, origin: str) -> None:
        super().__init__(f"there are keys of {origin} already; run `shopfloor keys rotate` for a further key")


class LastSigningKey(KeyFolderUnusable):
    """The only key that signs may not be retired."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"{key_id} is the only key that signs; run `shopfloor keys rotate` first")
