"""`shopfloor layout`: is my layout right, and does it lie where I think?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from event_store.errors import Problem
    from event_store.layout.model import Camera, Layout
    from vision_workers.frames import Picture

commands = typer.Typer(no_args_is_help=True, help="Check the layout of a store.")

PATIENCE_S = 15.0
"""How long a live camera may take for a first picture."""


@commands.command()
def check(
    file: Annotated[Path, typer.Argument(help="The layout, a TOML file: see docs/layout.md.")],
    picture: Annotated[
        Path | None, typer.Option(help="Draw the layout over a frame of each camera, to this file.")
    ] = None,
    no_blur: Annotated[
        bool, typer.Option("--no-blur", help="Leave people recognisable; for your own machine only.")
    ] = False,
) -> None:
    """Tell everything that is wrong with a layout, or that nothing is; with --picture, show where its places lie.

    `shopfloor layout check shop.toml --picture places.png`

    Status 0 when the layout is right, 2 when it is not.
    """
    from event_store.errors import InvalidLayout
    from event_store.layout.credentials import credential_warnings
    from event_store.layout.reading import read_layout

    shop, document = read_layout(file), file.read_text(encoding="utf-8-sig")
    for warning in credential_warnings(document):
        typer.echo(f"{file}:{warning.line}: warning: {warning.what}; {warning.cure}", err=True)
    if missing := [*_missing_recordings(shop, document, file.parent)]:
        raise InvalidLayout(file, missing)
    typer.echo(f"{file}: {_summary(shop)}; nothing is wrong with it")
    if picture is not None:
        _draw(shop, file.parent, picture, blurred=not no_blur)
        typer.echo(f"{picture}: drawn; an arrow on a line points to its inside")


def _missing_recordings(shop: "Layout", document: str, folder: Path) -> "Iterator[Problem]":
    from event_store.errors import Problem
    from event_store.layout.addresses import shown_source
    from event_store.layout.credentials import NAMED
    from event_store.layout.positions import locate
    from vision_workers.cameras.sources import is_missing

    lines = locate(document.replace("\r\n", "\n"))
    for index, camera in enumerate(shop.camera):
        if not NAMED.search(camera.source) and is_missing(camera.source, folder):
            yield Problem(
                lines["camera", index, "source"],
                f"camera {camera.id!r} plays {shown_source(camera.source)!r}, which does not exist",
                "give a video file, a folder of images, a device number or an address; paths start beside the layout",
            )


def _summary(shop: "Layout") -> str:
    kinds = ("camera", "door", "line", "zone", "shelf", "product")
    counts = [(len(getattr(shop, kind)), kind) for kind in kinds] + [(len(shop.ignore), "ignored area")]
    return ", ".join(f"{count} {_plural(kind) if count > 1 else kind}" for count, kind in counts if count)


def _plural(kind: str) -> str:
    return "shelves" if kind == "shelf" else f"{kind}s"


def _draw(shop: "Layout", folder: Path, target: Path, *, blurred: bool) -> None:
    import cv2

    from infra.errors import UnwritablePicture
    from vision_workers.pictures import draw_layout, tile

    shots = dict(_shots(shop, folder, blurred=blurred))
    drawn = tile({camera: draw_layout(shot, shop, camera) for camera, shot in shots.items()})
    try:
        encoded = cv2.imencode(target.suffix or ".png", drawn)[1]
        target.write_bytes(encoded.tobytes())
    except (cv2.error, OSError) as problem:
        raise UnwritablePicture(
            target, getattr(problem, "strerror", None) or "no picture format by that name"
        ) from None


def _shots(shop: "Layout", folder: Path, *, blurred: bool) -> "Iterator[tuple[str, Picture]]":
    from event_store.layout.credentials import with_credentials
    from infra import settings
    from vision_workers.detectors import Device
    from vision_workers.models import DEFAULT_MODEL, Models
    from vision_workers.pictures import blur
    from vision_workers.settings import load_vision_settings

    shop = with_credentials(shop, load_vision_settings().secrets())
    device, models = Device(), Models(settings.load().data / "models")
    for camera in shop.camera:
        shot = _shot(camera, folder)
        if blurred:
            detector = device.detector(models.find(camera.model or DEFAULT_MODEL))
            shot = blur(shot, [each.box for each in detector.detect(shot).things()])
        yield camera.id, shot


def _shot(camera: "Camera", folder: Path) -> "Picture":
    import threading

    from vision_workers.cameras import LiveSource, Playing, open_source
    from vision_workers.cameras.errors import LiveSourceDown

    source = open_source(camera.id, camera.source, Playing(folder=folder))
    if isinstance(source, LiveSource):
        timer = threading.Timer(PATIENCE_S, source.stop)
        timer.start()
    try:
        frame = next(iter(source.frames()), None)
    finally:
        if isinstance(source, LiveSource):
            timer.cancel()
            source.stop()
    if frame is None:
        told = getattr(source, "trouble", None)
        raise LiveSourceDown(f"{camera.id!r} gave no picture within {PATIENCE_S:g} s{f': {told}' if told else ''}")
    return frame.picture
