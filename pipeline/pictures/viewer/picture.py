"""One picture of a scene at a time: words, the map from above, and the curve over time below."""

from __future__ import annotations

import numpy as np

from envs.ground.scene import Scene
from pipeline.pictures.moments import Moment, moment, said
from pipeline.pictures.viewer.agents import draw_agent, draw_labels, draw_trail
from pipeline.pictures.viewer.camera import Camera, camera_of
from pipeline.pictures.viewer.inks import GRID, INK, LOSS, MUTED, SEA, colour
from pipeline.pictures.viewer.plot import PLOT_HEIGHT, clock, draw_plot
from pipeline.pictures.viewer.sheet import Sheet, mixed

WIDTH, HEIGHT = 640, 688
WORDS_HEIGHT = 26
MAP_HEIGHT = HEIGHT - WORDS_HEIGHT - PLOT_HEIGHT
_BOTTOM = HEIGHT - PLOT_HEIGHT
"""Where the map ends."""


def map_camera(scene: Scene, places: np.ndarray, room: float = 1.0) -> Camera:
    """The view of all places (N, 2), `room` times as wide as needed, in the map's part of a picture."""
    return camera_of(places, scene.look, WIDTH, MAP_HEIGHT, WORDS_HEIGHT, room)


def picture(scene: Scene, time: float, camera: Camera, end: float) -> np.ndarray:
    """The scene at a time between 0 and its end, (HEIGHT, WIDTH, 3) uint8.

    Args:
        camera: what the map shows, from `map_camera`.
        end: where the plot's time axis ends.
    """
    now = moment(scene, time)
    sheet = Sheet(WIDTH, HEIGHT, SEA)
    if scene.frames is not None:
        sheet.paste(scene.frames[now.index], 0, WORDS_HEIGHT, WIDTH, _BOTTOM)
    elif scene.known.any():
        _draw_map(sheet, scene, now, camera)
    else:
        sheet.words("this world shows no pictures", (WIDTH / 2, (WORDS_HEIGHT + _BOTTOM) / 2), MUTED, 13, "mm")
    sheet.area(0, 0, WIDTH, WORDS_HEIGHT - 1, SEA)
    sheet.area(0, _BOTTOM, WIDTH, HEIGHT, SEA)
    for edge in (WORDS_HEIGHT, _BOTTOM):
        sheet.line([(0, edge), (WIDTH, edge)], mixed(MUTED, SEA, 0.4))
    _draw_words(sheet, scene, now)
    draw_plot(sheet, scene, time, end, _BOTTOM)
    return sheet.finish()


def _draw_words(sheet: Sheet, scene: Scene, now: Moment) -> None:
    middle, step = WORDS_HEIGHT / 2, f"step {now.index}"
    sheet.words(f"{clock(now.time)}   {step}" if scene.look.seconds else step, (12, middle), INK, 13)
    sheet.words(said(scene, now), (WIDTH / 2, middle), LOSS if now.close else INK, 13, "mm")
    if scene.words:
        sheet.words(scene.words[now.index], (WIDTH - 12, middle), INK, 13, "rm")


def _draw_map(sheet: Sheet, scene: Scene, now: Moment, camera: Camera) -> None:
    at = camera.at(now.place)
    close = {a for first, second, _ in now.close for a in (first, second)}
    if scene.look.shape != "piece":
        _draw_grid(sheet, camera)
    for line in scene.lines:
        sheet.line(camera.at(line), mixed(MUTED, SEA, 0.6), 1.5)
    for a in range(len(scene.ids)):
        _draw_goal(sheet, scene, now, camera, a)
    for a in range(len(scene.ids)):
        draw_trail(sheet, scene, now, camera, a)
    for first, second, _ in now.close:
        sheet.line([at[first], at[second]], LOSS, 2.5)
    for a in np.flatnonzero(now.shown).tolist():
        red = a in close if np.isfinite(scene.look.near) else bool(scene.alarm[now.index, a])
        draw_agent(sheet, scene.look, now, camera, a, red)
    taken = [(0.0, 0.0, WIDTH, WORDS_HEIGHT)]
    if scene.look.shape != "piece":
        _draw_scale(sheet, camera, scene.look.unit)
        taken.append((0, _BOTTOM - 36, 90, _BOTTOM))
    if scene.look.up:
        _draw_up(sheet, scene.look.up)
        taken.append((WIDTH - 36, 0, WIDTH, 92))
    draw_labels(sheet, scene, now, at, taken, (WORDS_HEIGHT, _BOTTOM))


def _draw_grid(sheet: Sheet, camera: Camera) -> None:
    half = int(max(camera.width, camera.height) / camera.scale / camera.grid / 2) + 2
    nearest = np.round(camera.middle / camera.grid)
    for i in range(-half, half + 1):
        x, y = camera.at((nearest + i) * camera.grid)
        sheet.line([(x, 0), (x, HEIGHT)], GRID)
        sheet.line([(0, y), (WIDTH, y)], GRID)


def _draw_goal(sheet: Sheet, scene: Scene, now: Moment, camera: Camera, a: int) -> None:
    if not np.isfinite(scene.goal[a]).all():
        return
    middle = camera.at(scene.goal[a])
    ink = mixed(colour(a), SEA, 0.45 if now.finished[a] else 1.0)
    if scene.look.goal_radius:
        sheet.circle(middle, scene.look.goal_radius * camera.scale, ink, 1.2, (3, 3))
    for slope in (1, -1):
        sheet.line(middle + np.array([[-3, -3 * slope], [3, 3 * slope]]), ink, 1.5)


def _draw_scale(sheet: Sheet, camera: Camera, unit: str) -> None:
    x, y, right = 14, _BOTTOM - 14, 14 + camera.grid * camera.scale
    sheet.line([(x, y - 5), (x, y), (right, y), (right, y - 5)], INK, 1.5)
    sheet.words(f"{camera.grid:g} {unit}".rstrip(), ((x + right) / 2, y - 10), INK, 12, "mm")


def _draw_up(sheet: Sheet, word: str) -> None:
    x, top = WIDTH - 20, WORDS_HEIGHT + 14
    sheet.line([(x, top + 28), (x, top)], INK, 1.5)
    sheet.line([(x - 5, top + 8), (x, top), (x + 5, top + 8)], INK, 1.5)
    sheet.words(word, (x, top + 39), INK, 13, "mm")
