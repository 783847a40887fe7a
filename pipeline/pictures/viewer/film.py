"""Write a scene as a film that plays anywhere: GIF, or MP4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from envs.ground.scene import Scene
from pipeline.pictures.viewer.camera import places_to_see
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH, map_camera, picture

STEPS_PER_S = 6
"""Steps of an episode in a second of film."""
GIF_FRAMES_PER_S = 12.5  # GIF counts in hundredths of a second, and browsers slow down below two
MP4_FRAMES_PER_S = 25
_REST_S = 1.5
"""The last picture stays so long."""
_NUM_COLOURS = 128


def write_gif(scene: Scene, path: Path) -> None:
    """Write a GIF that plays again and again."""
    paper, pictures = _palette(scene), frames_of(scene, GIF_FRAMES_PER_S)
    frames = (Image.fromarray(frame).quantize(palette=paper, dither=Image.Dither.NONE) for frame in pictures)
    first = next(frames)
    duration_ms = round(1000 / GIF_FRAMES_PER_S)
    first.save(path, "GIF", save_all=True, append_images=frames, duration=duration_ms, loop=0, disposal=1)


def write_mp4(scene: Scene, path: Path) -> None:
    """Write an MP4 (H.264, yuv420p), which browsers, players and slides take."""
    import imageio_ffmpeg  # brings a whole ffmpeg along; only films need it

    settings = ["-f", "mp4", "-movflags", "+faststart"]
    writer = imageio_ffmpeg.write_frames(
        str(path), (WIDTH, HEIGHT), fps=MP4_FRAMES_PER_S, codec="libx264", quality=7, output_params=settings
    )
    writer.send(None)
    try:
        for frame in frames_of(scene, MP4_FRAMES_PER_S):
            writer.send(np.ascontiguousarray(frame))
    finally:
        writer.close()


WRITERS: dict[str, Callable[[Scene, Path], None]] = {".gif": write_gif, ".mp4": write_mp4}
"""By the ending of a file's name."""


def frames_of(scene: Scene, frames_per_s: float) -> Iterator[np.ndarray]:
    """Yield the pictures of a film, (HEIGHT, WIDTH, 3) uint8 each; the last stays for a while."""
    camera = map_camera(scene, places_to_see(scene))
    for time in np.arange(0.0, scene.end, STEPS_PER_S * scene.step / frames_per_s):
        yield picture(scene, float(time), camera, scene.end)
    last = picture(scene, scene.end, camera, scene.end)
    for _ in range(round(_REST_S * frames_per_s)):
        yield last


def _palette(scene: Scene) -> Image.Image:
    """Colours that serve all pictures, so that nothing flickers: those of four of them, side by side."""
    camera = map_camera(scene, places_to_see(scene))
    times = scene.end * np.array([0.0, 0.4, 0.7, 1.0])
    samples = np.concatenate([picture(scene, float(time), camera, scene.end) for time in times])
    return Image.fromarray(samples).quantize(_NUM_COLOURS, dither=Image.Dither.NONE)
