"""What can go wrong with sending to an address of somebody else.

ShopfloorError
└── WebhookError
    ├── UnsafeAddress      an address that nothing may be sent to
    ├── ForbiddenHost      a host that is, or leads to, an address inside of a network
    ├── InvalidSecret      a secret that signs no webhook
    └── InvalidMessage     a message whose signature, time or form is wrong
"""

from event_store.errors import ShopfloorError


class WebhookError(ShopfloorError):
    """Something with sending to an address of somebody else."""


class UnsafeAddress(WebhookError):
    """An address that nothing may be sent to."""

    exit_status = 2

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address!r} {why}")


class ForbiddenHost(WebhookError):
    """A host that is, or leads to, an address inside of a network."""

    exit_status = 2

    def __init__(self, host: str, found: str) -> None:
        super().__init__(f"host {host!r} is {found}, which is no public address; name one that the internet reaches")


class InvalidSecret(WebhookError):
    """A secret that signs no webhook."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__(
            "the secret (SHOPFLOOR_PUBLISH_SECRET, --secret) must be whsec_ and base64 of 24 to 64 bytes; make one at "
            "random"
        )


class InvalidMessage(WebhookError):
    """A message whose signature, time or form is wrong."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; compare the secret, the body's exact bytes and both clocks")
