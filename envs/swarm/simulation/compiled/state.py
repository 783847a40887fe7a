"""The state of W worlds: records of worlds, agents, resources, hives and obstacles, in arrays allocated once.

SI units. Records have no sizes in them, so that compiled code is the same for any number of agents. Agents of one team
stand side by side, first those of team 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from envs.swarm.simulation.settings import MAX_ACTION_DELAY, MAX_CARRIERS

REWARD_PARTS = (
    "carrying",
    "holding",
    "delivery",
    "team_delivery",
    "strike",
    "hurt",
    "death",
    "hive",
    "capture",
    "energy",
    "time",
)
CARRYING, HOLDING, DELIVERY, TEAM_DELIVERY, STRIKE, HURT, DEATH, HIVE_HURT, CAPTURE, ENERGY, TIME = range(
    len(REWARD_PARTS)
)

ALL_SIDES = -1
"""Agents steer all teams of the world."""
NOBODY = -1

_FLAG = np.uint8
"""A boolean inside a record, as compiled code knows it; Python sees np.bool_."""

WORLD = np.dtype(
    [
        ("rng", np.uint64),  # draws this world's episodes
        ("episode_seed", np.uint64),
        ("draw_state", np.uint64),  # of what is drawn, then of what disturbs
        ("scenario", np.int64),  # index among the scenarios handed in, -1: drawn
        ("family", np.int64),
        ("step", np.int64),
        ("num_teams", np.int64),
        ("num_agents", np.int64),
        ("num_resources", np.int64),
        ("num_hives", np.int64),
        ("num_obstacles", np.int64),
        ("ours", np.int64),  # the team that agents steer, ALL_SIDES, or that a rule does not
        ("side_m", np.float64),
        ("value", np.float64),  # of all resources when the episode began
        ("spent", np.float64),  # energy that was used up by living, moving and striking
        ("lost", np.float64),  # energy that was lost with the dead, or did not fit
        ("position_noise", np.float64),
        ("dropped", np.float64),
        ("friction", np.float64),
        ("failing", np.float64),
        ("action_delay", np.int64),
        ("returns", _FLAG),
        ("done", _FLAG),
        ("over", _FLAG),  # it ended by itself, and was not cut off
    ],
    align=True,
)
AGENT = np.dtype(
    [
        ("team", np.int64),
        ("held", np.int64),  # the resource that it holds on to; NOBODY: none
        ("wait_steps", np.int64),  # until it may return
        ("x_m", np.float64),
        ("y_m", np.float64),
        ("vx_mps", np.float64),
        ("vy_mps", np.float64),
        ("mass_kg", np.float64),
        ("strength", np.float64),  # a factor of force and of strikes
        ("health", np.float64),
        ("energy", np.float64),
        ("push_x", np.float64),  # of its force, within a disc of radius 1
        ("push_y", np.float64),
        ("hurt", np.float64),  # in this step
        ("delivered", np.float64),  # of the episode: value, its share of what it carried
        ("dealt", np.float64),  # health of others and of hives
        ("taken", np.float64),
        ("moved_m", np.float64),
        ("deaths", np.int64),
        ("there", _FLAG),  # it lives
        ("active", _FLAG),  # its next action counts
        ("was_active", _FLAG),  # when the last step began
        ("heeds", _FLAG),  # its actions
        ("row_terminated", _FLAG),
        ("row_truncated", _FLAG),
    ],
    align=True,
)
RESOURCE = np.dtype(
    [
        ("x_m", np.float64),
        ("y_m", np.float64),
        ("value", np.float64),
        ("needed", np.int64),  # carriers
        ("holding", np.int64),  # how many hold on to it
        ("team", np.int64),  # whose they are; NOBODY
        ("was_m", np.float64),  # how far from that team's nearest hive, when the step began
        ("there", _FLAG),  # it was not brought home yet
        ("shared", _FLAG),  # it was carried by several when it came home
    ],
    align=True,
)
HIVE = np.dtype(
    [
        ("team", np.int64),
        ("captures", np.int64),
        ("x_m", np.float64),
        ("y_m", np.float64),
        ("radius_m", np.float64),
        ("health", np.float64),
        ("store", np.float64),  # energy
    ],
    align=True,
)
OBSTACLE = np.dtype([("x_m", np.float64), ("y_m", np.float64), ("radius_m", np.float64), ("there", _FLAG)], align=True)


class Here(NamedTuple):
    """One world as compiled code has it."""

    world: Any  # a WORLD
    agents: np.ndarray  # (A,) AGENT
    resources: np.ndarray  # (R,) RESOURCE
    holders: np.ndarray  # (R, MAX_CARRIERS) int64, who holds on to each
    hives: np.ndarray  # (H,) HIVE
    obstacles: np.ndarray  # (O,) OBSTACLE
    parts: np.ndarray  # (A, P) float64, reward parts of the last step
    pending: np.ndarray  # (A, MAX_ACTION_DELAY, 3) float64, actions that come late
    grips: np.ndarray  # (A,) float64, as wanted in this step


class State(NamedTuple):
    """The same of all worlds, each array with a first axis (W,)."""

    worlds: np.ndarray
    agents: np.ndarray
    resources: np.ndarray
    holders: np.ndarray
    hives: np.ndarray
    obstacles: np.ndarray
    parts: np.ndarray
    pending: np.ndarray
    grips: np.ndarray


class Sizes(NamedTuple):
    """The most of each kind that a world has room for."""

    agents: int
    resources: int
    hives: int
    obstacles: int


def make_state(num_worlds: int, sizes: Sizes) -> State:
    """All worlds, in which nothing is."""
    shape, agents = (num_worlds, sizes.agents), (num_worlds, sizes.agents, len(REWARD_PARTS))
    return State(
        np.zeros(num_worlds, WORLD),
        np.zeros(shape, AGENT),
        np.zeros((num_worlds, sizes.resources), RESOURCE),
        np.full((num_worlds, sizes.resources, MAX_CARRIERS), NOBODY, np.int64),
        np.zeros((num_worlds, sizes.hives), HIVE),
        np.zeros((num_worlds, sizes.obstacles), OBSTACLE),
        np.zeros(agents),
        np.zeros((*shape, MAX_ACTION_DELAY, 3)),
        np.zeros(shape),
    )


def column(records: np.ndarray, name: str) -> np.ndarray:
    """A field of records, flags as booleans: a view."""
    field = records[name]
    return field.view(np.bool_) if field.dtype == _FLAG else field
