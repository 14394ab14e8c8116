"""The roles that a token may be made for, and what each may do."""

from collections.abc import Mapping
from enum import StrEnum

from graphql_api.tokens import Permission


class TokenRole(StrEnum):
    """Whom a token is for."""

    VIEWER = "viewer"
    STAFF = "staff"
    MANAGER = "manager"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy-officer"
    INTEGRATOR = "integrator"
    ADMIN = "admin"


PERMISSIONS: Mapping[TokenRole, frozenset[Permission]] = {
    TokenRole.VIEWER: frozenset({Permission.READ}),
    TokenRole.STAFF: frozenset({Permission.READ, Permission.LISTEN}),
    TokenRole.MANAGER: frozenset({Permission.READ, Permission.LISTEN, Permission.PUBLISH, Permission.CORRECT}),
    TokenRole.AUDITOR: frozenset({Permission.READ, Permission.LISTEN}),
    TokenRole.PRIVACY_OFFICER: frozenset({Permission.READ, Permission.CORRECT}),
    TokenRole.INTEGRATOR: frozenset({Permission.READ, Permission.LISTEN, Permission.SUBSCRIBE, Permission.INGEST}),
    TokenRole.ADMIN: frozenset(Permission),
}
"""docs/security.md shows it as a table; a new role or permission is added to both."""
