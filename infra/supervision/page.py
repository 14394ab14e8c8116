"""The address to open in a browser."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

from graphql_api.dashboard.codes import page_address

PATIENCE_S = 0.5
OK = 200


class Page:
    """The page of an installation that is starting."""

    def __init__(self, api: str, data: Path) -> None:
        self._api = api
        self._data = data
        self._address: str | None = None

    def find_address(self) -> str | None:
        """Return the address with its one-time code; None until the page is served there."""
        if self._address is None and self._is_served():
            self._address = page_address(self._api, self._data)
        return self._address

    def _is_served(self) -> bool:
        connection = http.client.HTTPConnection(urlsplit(self._api).netloc, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
