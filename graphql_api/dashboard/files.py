"""The built page as it is served: names with content hashes, compressed beforehand, nothing from elsewhere."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC = files(__package__) / "static"
INDEX = "index.html"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What a browser may take instead of the file itself, the smallest first."""
MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
FOR_EVER = "public, max-age=31536000, immutable"
"""A file whose name has its content's hash never changes."""

NOT_MODIFIED = 304


class StaticFile(msgspec.Struct, frozen=True):
    """One file of the page."""

    name: str
    body: bytes
    compressed: dict[str, bytes]
    etag: str

    def answer(self, request: Request) -> Response:
        """Answer with the file, in the smallest form that the browser takes."""
        caching = FOR_EVER if self.name.startswith("assets/") else "no-cache"
        headers = {"cache-control": caching, "etag": self.etag, "vary": "accept-encoding"}
        headers["content-security-policy"] = POLICY
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=NOT_MODIFIED, headers=headers)
        taken = {each.split(";")[0].strip() for each in request.headers.get("accept-encoding", "").split(",")}
        body = self.body
        if encoding := next((each for each in ENCODINGS if each in taken and each in self.compressed), None):
            body, headers["content-encoding"] = self.compressed[encoding], encoding
        return Response(body, media_type=MEDIA_TYPES[self.name.rpartition(".")[2]], headers=headers)


def read_files(folder: Traversable = STATIC) -> dict[str, StaticFile]:
    """Return the files of the page by their names."""
    found = dict(_walk(folder))
    return {
        name: StaticFile(
            name,
            body,
            {encoding: found[name + end] for encoding, end in ENCODINGS.items() if name + end in found},
            f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        )
        for name, body in found.items()
        if not name.endswith(tuple(ENCODINGS.values()))
    }


def file_routes(page: dict[str, StaticFile]) -> list[Route]:
    """Return a route for each file, and the page itself at the root."""

    def route(path: str, file: StaticFile) -> Route:
        async def answer(request: Request) -> Response:
            return file.answer(request)

        return Route(path, answer, methods=["GET"])

    return [route("/" if name == INDEX else f"/{name}", file) for name, file in page.items()]


def _walk(folder: Traversable, before: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else ():
        name = before + each.name
        found += _walk(each, f"{name}/") if each.is_dir() else [(name, each.read_bytes())]
    return found
