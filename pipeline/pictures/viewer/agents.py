"""Agents on the map: where they were, where they are, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from envs.ground.scene import Look, Scene
from pipeline.pictures.moments import Moment
from pipeline.pictures.viewer.camera import Camera
from pipeline.pictures.viewer.inks import LOSS, MUTED, SEA, colour
from pipeline.pictures.viewer.labels import Box, boxes, overlap, symbol_boxes
from pipeline.pictures.viewer.sheet import Colour, Sheet, mixed, width_of
from pipeline.pictures.viewer.symbols import corners_of, turned


def draw_trail(sheet: Sheet, scene: Scene, now: Moment, camera: Camera, a: int) -> None:
    """Legs from sample to sample, paler with age and once it has finished, red where something went wrong."""
    ends = slice(None, now.index + 1)
    places, known, alarm = scene.place[ends, a], scene.known[ends, a], scene.alarm[ends, a]
    leg_alarm, leg_finished = alarm[1:], scene.finished[ends, a][:-1]
    if now.shown[a]:
        following = min(now.index + 1, len(scene.time) - 1)
        places, known = np.vstack([places, now.place[a]]), np.append(known, True)
        leg_alarm = np.append(leg_alarm, scene.alarm[following, a])
        leg_finished = np.append(leg_finished, now.finished[a])
    drawn, pixels = known[1:] & known[:-1], camera.at(places)
    shade = np.maximum(0.4, 1 - 0.03 * np.arange(len(drawn))[::-1]) * np.where(leg_finished, 0.5, 1.0)
    shade = np.round(shade, 1)
    shade[leg_alarm], shade[~drawn] = 2.0, 0.0
    edges = [0, *(np.flatnonzero(np.diff(shade)) + 1), len(shade)]
    for start, stop in pairwise(edges):
        if start < stop and shade[start] > 0:
            red = shade[start] > 1
            ink = LOSS if red else mixed(colour(a), SEA, float(shade[start]))
            sheet.line(pixels[start : stop + 1], ink, 3 if red else 2)


def draw_agent(sheet: Sheet, look: Look, now: Moment, camera: Camera, a: int, red: bool) -> None:
    """Its symbol, an outline in its circle, and the line ahead; one that has finished is hollow and has none."""
    own, finished, at = colour(a), bool(now.finished[a]), camera.at(now.place[a])
    ink = LOSS if red else own
    ringed = look.shape == "outline" and look.radius > 0
    if ringed:
        dash = (2.0, 5.0) if finished else None
        sheet.circle(at, look.radius * camera.scale, ink, 2.2 if red else 1.2, dash)
    if look.ahead and not finished:
        sheet.line([at, camera.at(now.place[a] + now.ahead[a])], own, 1.2)
    body = own if ringed else ink
    fill, edge = (SEA, body) if finished else (body, SEA)
    sheet.shape(at + turned(corners_of(look, camera.scale), now.course[a]), fill, edge, 1.0)


def draw_labels(
    sheet: Sheet, scene: Scene, now: Moment, at: np.ndarray, taken: Sequence[Box], rows: tuple[int, int]
) -> None:
    """Names and details beside the symbols at (A, 2), where there is room, and how far those are apart that are close.

    Args:
        taken: what must not be covered. rows: where the map begins and ends.
    """
    filled = list(taken)
    inside = (at[:, 0] > 0) & (at[:, 0] < sheet.width) & (at[:, 1] > rows[0]) & (at[:, 1] < rows[1])
    details = scene.details[now.index] if scene.details else [""] * len(scene.ids)
    shown = [a for a in np.flatnonzero(now.shown & inside).tolist() if scene.ids[a] or details[a]]
    labelled = [(a, (scene.ids[a], details[a])) for a in shown]
    widths = [max(width_of(name), width_of(detail) + 12 * bool(now.finished[a])) + 2 for a, (name, detail) in labelled]
    found = boxes(at[shown], widths, (sheet.width, rows[1]), filled)
    for (a, label), box in zip(labelled, found, strict=True):
        if box is not None:
            filled.append(box)
            _draw_label(sheet, label, box, at[a], colour(a), bool(now.finished[a]))
    _draw_distances(sheet, scene.look, now, at, [*filled, *symbol_boxes(at[shown])])


def _draw_distances(sheet: Sheet, look: Look, now: Moment, at: np.ndarray, taken: list[Box]) -> None:
    for first, second, distance in now.close:
        x, y = (at[first] + at[second]) / 2
        box = (x - 24, y - 7, x + 24, y + 7)
        if not any(overlap(box, other) for other in taken):
            taken.append(box)
            sheet.words(f"{distance:.1f} {look.unit}".rstrip(), (x, y), LOSS, 12, "mm")


def _draw_label(sheet: Sheet, label: tuple[str, str], box: Box, at: np.ndarray, ink: Colour, finished: bool) -> None:
    left, top, right, bottom = box
    if not (left - 16 < at[0] < right + 16 and top - 16 < at[1] < bottom + 16):
        end = right if right < at[0] else max(left, at[0])
        sheet.line([at, (end, (top + bottom) / 2)], mixed(MUTED, SEA, 0.8), 0.8)
    sheet.words(label[0], (left, top + 7), ink)
    sheet.words(label[1], (left, top + 21), MUTED)
    if finished:
        x = left + width_of(label[1]) + 3
        sheet.line([(x, top + 21), (x + 3, top + 24), (x + 8, top + 16)], MUTED, 1.5)
