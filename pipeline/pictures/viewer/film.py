"""Write a flight as a film that plays anywhere: GIF, or MP4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from envs.airspace.pictures.scene import Flight
from pipeline.pictures.viewer.camera import places_to_see
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH, map_camera, picture

SPEED = 60
"""Seconds of flight in a second of film."""
GIF_FRAMES_PER_S = 12.5  # GIF counts in hundredths of a second, and browsers slow down below two
MP4_FRAMES_PER_S = 25
_REST_S = 1.5
"""The last picture stays so long."""
_NUM_COLOURS = 128


def write_gif(flight: Flight, path: Path) -> None:
    """Write a GIF that plays again and again."""
    paper, pictures = _palette(flight), frames_of(flight, GIF_FRAMES_PER_S)
    frames = (Image.fromarray(frame).quantize(palette=paper, dither=Image.Dither.NONE) for frame in pictures)
    first = next(frames)
    duration_ms = round(1000 / GIF_FRAMES_PER_S)
    first.save(path, "GIF", save_all=True, append_images=frames, duration=duration_ms, loop=0, disposal=1)


def write_mp4(flight: Flight, path: Path) -> None:
    """Write an MP4 (H.264, yuv420p), which browsers, players and slides take."""
    import imageio_ffmpeg  # brings a whole ffmpeg along; only films need it

    settings = ["-f", "mp4", "-movflags", "+faststart"]
    writer = imageio_ffmpeg.write_frames(
        str(path), (WIDTH, HEIGHT), fps=MP4_FRAMES_PER_S, codec="libx264", quality=7, output_params=settings
    )
    writer.send(None)
    try:
        for frame in frames_of(flight, MP4_FRAMES_PER_S):
            writer.send(np.ascontiguousarray(frame))
    finally:
        writer.close()


WRITERS: dict[str, Callable[[Flight, Path], None]] = {".gif": write_gif, ".mp4": write_mp4}
"""By the ending of a file's name."""


def frames_of(flight: Flight, frames_per_s: float) -> Iterator[np.ndarray]:
    """Yield the pictures of a film, (HEIGHT, WIDTH, 3) uint8 each; the last stays for a while."""
    camera = map_camera(places_to_see(flight))
    for time_s in np.arange(0.0, flight.end_s, SPEED / frames_per_s):
        yield picture(flight, float(time_s), camera, flight.end_s)
    last = picture(flight, flight.end_s, camera, flight.end_s)
    for _ in range(round(_REST_S * frames_per_s)):
        yield last


def _palette(flight: Flight) -> Image.Image:
    """Colours that serve all pictures, so that nothing flickers: those of four of them, side by side."""
    camera = map_camera(places_to_see(flight))
    times_s = flight.end_s * np.array([0.0, 0.4, 0.7, 1.0])
    samples = np.concatenate([picture(flight, float(time_s), camera, flight.end_s) for time_s in times_s])
    return Image.fromarray(samples).quantize(_NUM_COLOURS, dither=Image.Dither.NONE)
