"""A picture as the bytes of a PNG file, small enough to be kept for each step."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WIDEST = 320


def png_bytes(pixels: np.ndarray) -> bytes:
    """The picture (H, W, 3) uint8 as PNG; wider than 320 pixels, every second, third .. is left out.

    W3C, "Portable Network Graphics (PNG) Specification", second edition: eight bits, RGB, no filter.
    """
    every = -(-pixels.shape[1] // _WIDEST)
    small = np.ascontiguousarray(pixels[::every, ::every, :3], np.uint8)
    height, width = small.shape[:2]
    lines = np.concatenate([np.zeros((height, 1), np.uint8), small.reshape(height, -1)], 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
