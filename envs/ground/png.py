"""Pictures as the bytes of PNG files, small enough to be kept for each step.

W3C, "Portable Network Graphics (PNG) Specification", second edition: eight bits, RGB, no filter.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = ">IIBBBBB"
_KIND = (8, 2, 0, 0, 0)
_WIDEST = 320
_MOST_BYTES = 2**26
"""Of a picture's pixels: few bytes can say that they are many."""


def png_bytes(pixels: np.ndarray) -> bytes:
    """The picture (H, W, 3) uint8 as PNG; wider than 320 pixels, every second, third .. is left out."""
    every = -(-pixels.shape[1] // _WIDEST)
    small = np.ascontiguousarray(pixels[::every, ::every, :3], np.uint8)
    height, width = small.shape[:2]
    lines = np.concatenate([np.zeros((height, 1), np.uint8), small.reshape(height, -1)], 1)
    header = struct.pack(_HEADER, width, height, *_KIND)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def pixels_of(png: bytes) -> np.ndarray:
    """The picture (H, W, 3) uint8 that `png_bytes` wrote.

    Raises:
        ValueError: bytes of another kind.
    """
    if not isinstance(png, bytes):
        raise ValueError(f"a picture: got {type(png).__name__}, wanted the bytes of a PNG")
    try:
        chunks = dict(_chunks(png))
        width, height, *kind = struct.unpack(_HEADER, chunks[b"IHDR"])
        size = height * (1 + 3 * width)
        if not 0 < size <= _MOST_BYTES:
            raise ValueError(f"{width} x {height} pixels")
        pixels = zlib.decompressobj().decompress(chunks[b"IDAT"], size + 1)  # one more would be another picture
        lines = np.frombuffer(pixels, np.uint8).reshape(height, 1 + 3 * width)
    except (KeyError, ValueError, struct.error, zlib.error) as error:
        raise ValueError(f"a picture: got no PNG ({error}), wanted one of ours") from None
    if tuple(kind) != _KIND or lines[:, 0].any():
        raise ValueError("a picture: got PNG of another kind, wanted eight bits, RGB, no filter")
    return lines[:, 1:].reshape(height, width, 3)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(_SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found.append((kind, png[at + 8 : at + 8 + length]))
        at += 12 + length
    return found
