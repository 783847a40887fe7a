"""A rule of one's own in the airspace, by PettingZoo's loop: fly to the waypoint, and look what becomes of separation.

Usage: python examples/fly_by_rule.py
"""

from __future__ import annotations

import math

import numpy as np

import envs

LARGEST_TURN_DEG = 18.0


def turn_to_the_waypoint(observation: np.ndarray) -> np.ndarray:
    """The action (2,), change of heading and of speed in [-1, 1], for a row of the layout `relative`."""
    _, cosine, sine = observation[:3]
    bearing_deg = math.degrees(math.atan2(sine, cosine))
    return np.array([np.clip(bearing_deg / LARGEST_TURN_DEG, -1.0, 1.0), 0.0], np.float32)


def main() -> None:
    """Fly one drawn episode and print what each aircraft was paid."""
    world = envs.make("airspace_v0", observation={"layout": "relative"})
    observations, _ = world.reset(seed=3)
    paid = dict.fromkeys(world.agents, 0.0)
    while world.agents:
        actions = {agent: turn_to_the_waypoint(observations[agent]) for agent in world.agents}
        observations, rewards, _, _, _ = world.step(actions)
        paid = {agent: paid[agent] + rewards.get(agent, 0.0) for agent in paid}
    for agent, total in paid.items():
        print(f"{agent}: return {total:.1f}")


if __name__ == "__main__":
    main()
