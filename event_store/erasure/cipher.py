"""AES-256-GCM with a random nonce: the one place that encrypts."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from event_store.erasure.errors import UnreadableCipher

NONCE_BYTES = 12
KEY_BITS = 256


def make_key() -> bytes:
    """Return a new random key."""
    return AESGCM.generate_key(KEY_BITS)


def encrypt(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Return nonce, ciphertext and tag; it opens only with the same key and `bound_to`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def decrypt(key: bytes, sealed: bytes, bound_to: bytes, what: str) -> bytes:
    """Return what was encrypted; raises `UnreadableCipher`, which names `what` it was."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as problem:
        raise UnreadableCipher(what) from problem
