"""What is each agent paid? The sum of weighted parts (order: state.REWARD_PARTS).

Amounts are gathered where they arise, and weighted here:
    carrying: value times metres nearer home, its share of who carries.
    holding: 1 on taking hold, -1 on letting go before it is home.
    delivery: its share of the value that it brought home. team_delivery: the same of what its team did, by heads.
    strike, hurt: health that it took of others, and lost to them. death: 1.
    hive: health that its team took of others' hives, less what theirs lost, by heads.
    capture: 1 for each hive won, -1 for each lost.
    energy: spent. time: seconds that it lived.
"""

from __future__ import annotations

from numba import njit

from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.compiled.state import TIME
from envs.swarm.simulation.settings import STEP_S


@njit(**COUNTLESS)
def pay_all(here, rules, reward, sums):
    """Weigh the parts (A, P), write their sums to `reward` (A,), and add them up over the episode in `sums` (A, P).

    Who has died for good is paid nothing from the next step on; who may return is, while it waits.
    """
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        reward[a] = 0.0
        if agent.was_active:
            here.parts[a, TIME] = STEP_S
        gone = not (agent.was_active or agent.there or here.world.returns)
        for part in range(here.parts.shape[1]):
            here.parts[a, part] *= 0.0 if gone else rules.weights[part]
            sums[a, part] += here.parts[a, part]
            reward[a] += here.parts[a, part]
