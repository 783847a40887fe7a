"""One picture of a flight at a time: words, the map from above, and the smallest separation over time below."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from envs.airspace.pictures.scene import ARRIVAL_RADIUS_NM, SEPARATION_MINIMUM_NM, Flight, Moment, moment
from pipeline.pictures.viewer.camera import Camera, camera_of
from pipeline.pictures.viewer.inks import AIRCRAFT, GRID, INK, LOSS, MUTED, SEA
from pipeline.pictures.viewer.labels import Box, boxes, overlap, symbol_boxes
from pipeline.pictures.viewer.plot import PLOT_HEIGHT, draw_plot
from pipeline.pictures.viewer.sheet import Colour, Sheet, mixed, width_of

WIDTH, HEIGHT = 640, 688
WORDS_HEIGHT = 26
MAP_HEIGHT = HEIGHT - WORDS_HEIGHT - PLOT_HEIGHT

_HALF = ((0, -10), (1.6, -3), (9, 2), (9, 4), (1.6, 2.2), (1.2, 6.5), (4, 8.6), (4, 10), (0, 9))
_SILHOUETTE = np.array([*_HALF, *((-x, y) for x, y in _HALF[-2:0:-1])], np.float64)
"""An aircraft that flies north, in pixels, right and down."""


def map_camera(places_nm: np.ndarray, room: float = 1.0) -> Camera:
    """The view of all places (N, 2), `room` times as wide as needed, in the map's part of a picture."""
    return camera_of(places_nm, WIDTH, MAP_HEIGHT, WORDS_HEIGHT, room)


def picture(flight: Flight, time_s: float, camera: Camera, end_s: float) -> np.ndarray:
    """Return the flight at a time between 0 and its end as (HEIGHT, WIDTH, 3) uint8.

    Args:
        camera: what the map shows, from `map_camera`.
        end_s: where the plot's time axis ends.
    """
    now = moment(flight, time_s)
    sheet = Sheet(WIDTH, HEIGHT, SEA)
    _draw_map(sheet, flight, now, camera)
    sheet.area(0, 0, WIDTH, WORDS_HEIGHT - 1, SEA)
    sheet.area(0, HEIGHT - PLOT_HEIGHT, WIDTH, HEIGHT, SEA)
    for edge in (WORDS_HEIGHT, HEIGHT - PLOT_HEIGHT):
        sheet.line([(0, edge), (WIDTH, edge)], mixed(MUTED, SEA, 0.4))
    _draw_words(sheet, flight, now)
    draw_plot(sheet, flight, time_s, end_s, HEIGHT - PLOT_HEIGHT)
    return sheet.finish()


def clock(time_s: float) -> str:
    """A time as minutes and seconds."""
    return f"{int(time_s // 60)}:{int(time_s % 60):02d}"


def _draw_words(sheet: Sheet, flight: Flight, now: Moment) -> None:
    nearest = f"nearest pair {now.pairs[0][2]:.2f} NM" if now.pairs else "no pair"
    middle, arrived = WORDS_HEIGHT / 2, int(flight.arrived[now.index].sum())
    sheet.words(f"{clock(now.time_s)}   step {flight.step[now.index]}", (12, middle), INK, 13)
    sheet.words(nearest, (WIDTH / 2, middle), LOSS if now.losses else INK, 13, "mm")
    sheet.words(f"arrived {arrived} of {len(flight.ids)}", (WIDTH - 12, middle), INK, 13, "rm")


def _draw_map(sheet: Sheet, flight: Flight, now: Moment, camera: Camera) -> None:
    at = camera.at(now.position_nm)
    lost = {a for first, second, _ in now.losses for a in (first, second)}
    _draw_grid(sheet, camera)
    for a in range(len(flight.ids)):
        _draw_waypoint(sheet, flight, now, camera, a)
    for a in range(len(flight.ids)):
        _draw_trail(sheet, flight, now, camera, a)
    for first, second, _ in now.losses:
        sheet.line([at[first], at[second]], LOSS, 2.5)
    for a in np.flatnonzero(now.seen).tolist():
        _draw_aircraft(sheet, now, camera, a, at[a], a in lost)
    _draw_scale_and_north(sheet, camera)
    _draw_labels(sheet, flight, now, at)


def _colour(a: int) -> Colour:
    return AIRCRAFT[a % len(AIRCRAFT)]


def _draw_grid(sheet: Sheet, camera: Camera) -> None:
    half = int(max(camera.width, camera.height) / camera.scale / camera.grid_nm / 2) + 2
    nearest = np.round(camera.middle_nm / camera.grid_nm)
    for i in range(-half, half + 1):
        x, y = camera.at((nearest + i) * camera.grid_nm)
        sheet.line([(x, 0), (x, HEIGHT)], GRID)
        sheet.line([(0, y), (WIDTH, y)], GRID)


def _draw_waypoint(sheet: Sheet, flight: Flight, now: Moment, camera: Camera, a: int) -> None:
    if not np.isfinite(flight.waypoint_nm[a]).all():
        return
    middle = camera.at(flight.waypoint_nm[a])
    colour = mixed(_colour(a), SEA, 0.45 if now.arrived[a] else 1.0)
    sheet.circle(middle, ARRIVAL_RADIUS_NM * camera.scale, colour, 1.2, (3, 3))
    for slope in (1, -1):
        sheet.line(middle + np.array([[-3, -3 * slope], [3, 3 * slope]]), colour, 1.5)


def _draw_trail(sheet: Sheet, flight: Flight, now: Moment, camera: Camera, a: int) -> None:
    """Legs from sample to sample, paler with age and after arrival, red where separation was lost."""
    ends = slice(None, now.index + 1)
    places, seen, lost = flight.position_nm[ends, a], flight.seen[ends, a], flight.lost[ends, a]
    leg_lost, leg_arrived = lost[1:], flight.arrived[ends, a][:-1]
    if now.seen[a]:
        following = min(now.index + 1, len(flight.step) - 1)
        places, seen = np.vstack([places, now.position_nm[a]]), np.append(seen, True)
        leg_lost = np.append(leg_lost, flight.lost[following, a])
        leg_arrived = np.append(leg_arrived, now.arrived[a])
    drawn, pixels = seen[1:] & seen[:-1], camera.at(places)
    shade = np.maximum(0.4, 1 - 0.03 * np.arange(len(drawn))[::-1]) * np.where(leg_arrived, 0.5, 1.0)
    shade = np.round(shade, 1)
    shade[leg_lost], shade[~drawn] = 2.0, 0.0
    edges = [0, *(np.flatnonzero(np.diff(shade)) + 1), len(shade)]
    for start, stop in pairwise(edges):
        if start < stop and shade[start] > 0:
            lost_here = shade[start] > 1
            colour = LOSS if lost_here else mixed(_colour(a), SEA, float(shade[start]))
            sheet.line(pixels[start : stop + 1], colour, 3 if lost_here else 2)


def _draw_aircraft(sheet: Sheet, now: Moment, camera: Camera, a: int, at: np.ndarray, lost: bool) -> None:
    """The symbol in its circle of half the minimum; one that has arrived is hollow, in a dotted circle."""
    colour, arrived = _colour(a), bool(now.arrived[a])
    dash = (2.0, 5.0) if arrived else None
    sheet.circle(at, SEPARATION_MINIMUM_NM / 2 * camera.scale, LOSS if lost else colour, 2.2 if lost else 1.2, dash)
    if not arrived:
        sheet.line([at, camera.at(now.position_nm[a] + now.minute_nm[a])], colour, 1.2)
    turn = np.radians(now.heading_deg[a])
    right_down = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    fill, edge = (SEA, colour) if arrived else (colour, SEA)
    size = min(max(SEPARATION_MINIMUM_NM / 2 * camera.scale / 14, 0.5), 1.0)  # small where circles are
    sheet.shape(at + size * _SILHOUETTE @ right_down, fill, edge, 1.0)


def _draw_scale_and_north(sheet: Sheet, camera: Camera) -> None:
    x, y, right = 14, HEIGHT - PLOT_HEIGHT - 14, 14 + camera.grid_nm * camera.scale
    sheet.line([(x, y - 5), (x, y), (right, y), (right, y - 5)], INK, 1.5)
    sheet.words(f"{camera.grid_nm} NM", ((x + right) / 2, y - 10), INK, 12, "mm")
    north, top = WIDTH - 20, WORDS_HEIGHT + 14
    sheet.line([(north, top + 28), (north, top)], INK, 1.5)
    sheet.line([(north - 5, top + 8), (north, top), (north + 5, top + 8)], INK, 1.5)
    sheet.words("N", (north, top + 39), INK, 13, "mm")


def _draw_labels(sheet: Sheet, flight: Flight, now: Moment, at: np.ndarray) -> None:
    bottom = HEIGHT - PLOT_HEIGHT
    taken: list[Box] = [(0, 0, WIDTH, WORDS_HEIGHT), (0, bottom - 36, 90, bottom), (WIDTH - 36, 0, WIDTH, 92)]
    inside = (at[:, 0] > 0) & (at[:, 0] < WIDTH) & (at[:, 1] > WORDS_HEIGHT) & (at[:, 1] < bottom)
    shown = np.flatnonzero(now.seen & inside).tolist()
    labelled = [(a, (flight.ids[a], f"{now.cas_kt[a]:.0f} kt")) for a in shown]
    widths = [max(width_of(name), width_of(speed) + 12 * bool(now.arrived[a])) + 2 for a, (name, speed) in labelled]
    found = boxes(at[shown], widths, (WIDTH, bottom), taken)
    for (a, label), box in zip(labelled, found, strict=True):
        if box is not None:
            taken.append(box)
            _draw_label(sheet, label, box, at[a], _colour(a), bool(now.arrived[a]))
    _draw_distances(sheet, now, at, [*taken, *symbol_boxes(at[shown])])


def _draw_distances(sheet: Sheet, now: Moment, at: np.ndarray, taken: list[Box]) -> None:
    """How far apart those are that are too close, where there is room between them."""
    for first, second, distance_nm in now.losses:
        x, y = (at[first] + at[second]) / 2
        box = (x - 24, y - 7, x + 24, y + 7)
        if not any(overlap(box, other) for other in taken):
            taken.append(box)
            sheet.words(f"{distance_nm:.1f} NM", (x, y), LOSS, 12, "mm")


def _draw_label(sheet: Sheet, label: tuple[str, str], box: Box, at: np.ndarray, colour: Colour, arrived: bool) -> None:
    left, top, right, bottom = box
    if not (left - 16 < at[0] < right + 16 and top - 16 < at[1] < bottom + 16):
        end = right if right < at[0] else max(left, at[0])
        sheet.line([at, (end, (top + bottom) / 2)], mixed(MUTED, SEA, 0.8), 0.8)
    sheet.words(label[0], (left, top + 7), colour)
    sheet.words(label[1], (left, top + 21), MUTED)
    if arrived:
        x = left + width_of(label[1]) + 3
        sheet.line([(x, top + 21), (x + 3, top + 24), (x + 8, top + 16)], MUTED, 1.5)
