"""Videos and streams, decoded packet by packet: a damaged packet costs itself and no more."""

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Literal

import av
from av.container import InputContainer
from av.video.stream import VideoStream

UNTIMED = frozenset({"h264", "hevc", "vvc", "m4v", "mpegvideo", "h263", "cavsvideo", "obu"})
"""Raw streams: their packets have no time of their own."""
NO_VIDEO = frozenset({"tty"})
"""Formats under which FFmpeg plays text as a film."""
MOST_NOTED = 10_000
"""Damaged frames that are kept in mind; a stream has no end."""
MICROSECONDS = 1_000_000
USUAL_FPS = 25
"""Of a video that does not say."""

Threads = Literal["AUTO", "SLICE"]
"""`AUTO` decodes several frames at once, and each comes later for it: for recordings."""


class NoVideo(Exception):
    """A container that holds no video, or one that nothing here decodes; the text says which."""


class Decoder:
    """The first video of an open container."""

    def __init__(self, container: InputContainer, threads: Threads) -> None:
        """Raise `NoVideo` where there is nothing to decode."""
        if container.format.name in NO_VIDEO or not container.streams.video:
            raise NoVideo("holds no video")
        self._container, self.stream = container, container.streams.video[0]
        if self.stream.codec_context is None:
            raise NoVideo("is coded in a way that is not read")
        self.stream.thread_type = threads
        self.packets = 0
        """How many came out of the container."""
        self.damaged: list[Fraction] = []
        """Near when frames were damaged or could not be decoded at all, in seconds from the beginning."""
        self._origin: int | None = None
        """The time stamp of the first packet that is to be shown."""
        self.ended_by: av.FFmpegError | None = None
        """Why the container could not be read further. None at its end."""

    def frames(self) -> Generator[av.VideoFrame, None, None]:
        """Yield what can be decoded, in the order in which it is to be shown."""
        for packet in self._packets():
            yield from self._decode(packet)

    def content(self) -> Iterator[bytes]:
        """Yield the packets, coded as they are."""
        return (bytes(packet) for packet in self._packets() if packet.size)

    def extent_s(self) -> Fraction:
        """Return how long after the beginning its last packet is due. Nothing is decoded."""
        packets = [packet for packet in self._packets() if packet.size and not packet.is_discard]
        stamps = [packet.pts for packet in packets if packet.pts is not None]
        if not stamps or self.offset_s(stamps[0]) is None:
            return max(0, len(packets) - 1) * self.period_s
        return (max(stamps) - min(stamps)) * (self.stream.time_base or Fraction(0))

    def _packets(self) -> Iterator["av.Packet[VideoStream]"]:
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as problem:
                self.ended_by = problem
                return
            if packet is None:
                return
            yield packet

    def offset_s(self, pts: int | None) -> Fraction | None:
        """Return how long after the beginning something is due. None of what has no time of its own."""
        if pts is None or self._container.format.name in UNTIMED or self.stream.time_base is None:
            return None
        return (pts - (self._origin or 0)) * self.stream.time_base

    @property
    def origin_s(self) -> Fraction:
        """Return by how much the video begins later than its container."""
        return (self._origin or 0) * (self.stream.time_base or Fraction(0))

    @property
    def period_s(self) -> Fraction:
        """Return how long a frame is shown where frames have no time of their own."""
        rate = self.stream.codec_context.framerate or self.stream.average_rate or USUAL_FPS
        return 1 / Fraction(rate)

    @property
    def whole_s(self) -> Fraction | None:
        """Return when the video ends by its container's word. None where that may be about something else."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return self.stream.duration * self.stream.time_base
        if self._container.duration is not None and len(self._container.streams) == 1:
            return Fraction(self._container.duration, MICROSECONDS)
        return None

    def _decode(self, packet: "av.Packet[VideoStream]") -> list[av.VideoFrame]:
        self.packets += packet.size > 0
        if self._origin is None and not packet.is_discard:
            self._origin = packet.pts
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._note(packet.pts)
            return []
        for frame in frames:
            if frame.is_corrupt:
                self._note(frame.pts)
        return frames

    def _note(self, pts: int | None) -> None:
        if len(self.damaged) < MOST_NOTED:
            self.damaged.append(self.offset_s(pts) or Fraction(0))
