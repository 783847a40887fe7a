"""What a batch of swarms tells of its worlds: rows of the table of episodes, and columns of recordings."""

from __future__ import annotations

import json

import numpy as np

from envs.swarm.simulation.compiled.state import ALL_SIDES, REWARD_PARTS
from envs.swarm.simulation.settings import FAMILIES, STEP_S, SwarmSettings
from envs.swarm.simulation.worlds import Worlds

_CLOSE = 1e-9


def standings(worlds: Worlds, full: float) -> np.ndarray:
    """How each team stands, (W, T), NaN where there is none: its hives, the mean health of its agents as a share of all
    that they can have, and the share of the value of all resources that it brought home, summed."""
    state, num_teams = worlds.state, max(1, int(worlds.num_teams.max()))
    hives = np.arange(state.hives.shape[1]) < worlds.num_hives[:, None]
    agents = np.arange(state.agents.shape[1]) < worlds.num_agents[:, None]
    found = np.full((len(state.worlds), num_teams), np.nan)
    for team in range(num_teams):
        own, home = agents & (worlds.team == team), hives & (state.hives["team"] == team)
        health = (worlds.health * own).sum(1) / np.maximum(1, own.sum(1)) / full
        brought = (worlds.delivered * own).sum(1) / np.where(worlds.value > 0.0, worlds.value, 1.0)
        found[:, team] = np.where(team < worlds.num_teams, home.sum(1) + health + brought, np.nan)
    return found


def points(standing: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """(W,): 1 where the team `ours` (W,) stands best, 0.5 where several do with it, else 0."""
    best = np.nanmax(standing, 1)
    at_top = standing >= best[:, None] - _CLOSE
    own = at_top[np.arange(len(ours)), ours]
    return np.where(own, np.where(at_top.sum(1) > 1, 0.5, 1.0), 0.0)


def tabulate_outcomes(worlds: Worlds, present: np.ndarray, settings: SwarmSettings) -> dict[str, np.ndarray]:
    """Columns (W,) of worlds whose episodes have ended, see Batch.outcomes.

    achieved: of one team alone the share of all value that was brought home; of a contest the points of the side that
    agents have, or of team 0 where they have all. Columns of what there was none of are NaN.
    """
    state, contest = worlds.state, worlds.num_teams > 1
    ours = np.where(worlds.ours == ALL_SIDES, 0, worlds.ours)
    count = np.maximum(1, present.sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        brought = (worlds.delivered * present).sum(1) / worlds.value
    shared = (state.resources["value"] * column_shared(worlds)).sum(1)
    known = np.where(worlds.value > 0.0, brought, np.nan)
    won = np.where(contest, points(standings(worlds, settings.health.full), ours), np.nan)
    sums = worlds.reward_sums.sum(1, where=present[:, :, None]) / count[:, None]
    minutes = np.maximum(worlds.step, 1) * STEP_S / 60.0
    return {
        "family": np.array(list(FAMILIES), object)[worlds.family],
        "num_agents": present.sum(1),
        "achieved": np.where(contest, won, np.nan_to_num(known)),
        "survivors": (worlds.there.astype(bool) & present).sum(1) / count,
        "delivered": known,
        "points": won,
        "contest": contest,
        "num_teams": worlds.num_teams,
        "side": ours,
        "value": (worlds.delivered * present).sum(1),
        "shared_value": shared,
        "minutes": minutes,
        "deaths": (worlds.deaths * present).sum(1),
        "dealt": (worlds.dealt * present).sum(1),
        "taken": (worlds.taken * present).sum(1),
        "captures": state.hives["captures"].sum(1),
        "moved_m": (worlds.moved_m * present).sum(1),
        **{f"reward_{part}": sums[:, p] for p, part in enumerate(REWARD_PARTS)},
        "return": sums.sum(1),
    }


def column_shared(worlds: Worlds) -> np.ndarray:
    """(W, R) bool: resources that came home and needed several carriers."""
    return np.asarray(worlds.state.resources["shared"].astype(bool))


_NUMBERS = ("x_m", "y_m", "vx_mps", "vy_mps", "health", "energy", "held", "team", "there", "active", "delivered")


def frame_of(worlds: Worlds, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (N, A) of the worlds `rows` (N,) now, and of the actions (N, A, 3) that led here, see Batch.frame.

    things: in the first agent's row what else there is, as JSON: resources (x, y, carriers needed, holding on) that are
    not at home yet, and the team and the health of each hive.
    """
    kept = {name: getattr(worlds, name)[rows] for name in _NUMBERS}
    things = np.full(kept["x_m"].shape, "", object)
    things[:, 0] = [_things(worlds, int(row)) for row in rows]
    told = {name: actions[:, :, k] for k, name in enumerate(("action_x", "action_y", "action_grip"))}
    return kept | told | {"things": things, "reward": worlds.reward[rows]}


def _things(worlds: Worlds, row: int) -> str:
    state = worlds.state
    lying = state.resources[row][: int(worlds.num_resources[row])]
    hives = state.hives[row][: int(worlds.num_hives[row])]
    resources = [
        [round(float(own["x_m"]), 3), round(float(own["y_m"]), 3), int(own["needed"]), int(own["holding"])]
        if own["there"]
        else None
        for own in lying
    ]
    return json.dumps({"resources": resources, "hives": [[int(h["team"]), float(h["health"])] for h in hives]})


def describe(worlds: Worlds, row: int) -> dict[str, list[str]]:
    """What is constant in a world, see Batch.agents: names (A1, A2 .., B1 ..), and the plane as JSON."""
    state, count = worlds.state, int(worlds.num_agents[row])
    teams = worlds.team[row, :count]
    within = [int((teams[:a] == teams[a]).sum()) for a in range(count)]
    names = [f"{chr(ord('A') + int(team))}{number + 1}" for team, number in zip(teams, within, strict=True)]
    discs = state.obstacles[row][: int(worlds.num_obstacles[row])]
    hives = state.hives[row][: int(worlds.num_hives[row])]
    plane = {
        "side_m": float(worlds.side_m[row]),
        "hives": [[float(hive[name]) for name in ("x_m", "y_m", "radius_m")] for hive in hives],
        "obstacles": [[float(disc[name]) for name in ("x_m", "y_m", "radius_m")] for disc in discs],
    }
    return {"agent": names, "plane": [json.dumps(plane)] * count}
