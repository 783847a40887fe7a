"""What does an aircraft see of its own commands that come late? How late, and those given and not yet done."""

from __future__ import annotations

from numba import njit

from envs.airspace.simulation.disturbance_settings import MAX_ACTION_DELAY


def pending_names(most: int) -> list[str]:
    """What is seen of commands that come late: by how much, and the first `most` of those given and not yet done."""
    if most == 0:
        return []
    given = [f"pending_{k}_{command}_change" for k in range(most) for command in ("heading", "speed")]
    return ["action_delay", *given]


@njit(cache=True)
def see_pending(world, a, rules, seen):
    """Write to the observation (D,) of aircraft `a` what `pending_names` says, next to be done first."""
    first = len(seen) - 1 - 2 * rules.see_pending - (1 if rules.see_time else 0)
    seen[first] = world.action_delay[a] / MAX_ACTION_DELAY
    for k in range(rules.see_pending):
        for axis in range(2):
            seen[first + 1 + 2 * k + axis] = world.pending_action[a, k, axis]
