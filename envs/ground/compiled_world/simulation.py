"""The first room of worlds whose batch is compiled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from envs.ground.compiled_world.batch import CompiledBatch, set_num_threads
from envs.ground.record import Record
from envs.ground.world import Planes, Roles, Slots

if TYPE_CHECKING:
    from envs.ground.compiled_world.vector_env import BatchVectorEnv
    from envs.ground.rows.vectorize import SharedPolicyVecEnv


class CompiledSimulation(ABC):
    """What such a first room need not say for itself; see envs/ground/world.py: Simulation.

    Attributes:
        seen_and_done: the settings by which a policy sees or does other things.
        not_of_the_episode: those by which no episode differs.
    """

    settings: type[Record]
    units: Mapping[str, str]
    seen_and_done: tuple[str, ...] = ("observation", "actions")
    not_of_the_episode: tuple[str, ...] = ("observation", "actions", "reward")

    @abstractmethod
    def batch(
        self,
        settings: Any,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Any] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> CompiledBatch:
        """See Simulation.batch."""

    @abstractmethod
    def rows(self, batch: Any) -> BatchVectorEnv:
        """The vectorised face of a batch."""

    def vectorized(
        self,
        settings: Any,
        num_worlds: int,
        *,
        seed: int,
        scenarios: Sequence[Any] = (),
        discount: float | None = None,
        room: int = 0,
        num_processes: int = 1,
    ) -> SharedPolicyVecEnv:
        """See Simulation.vectorized; without a discount it is the batch's own.

        Raises:
            ValueError: several processes, for threads step all worlds here.
        """
        from envs.ground.rows.vectorize import SharedPolicyVecEnv

        if num_processes != 1:
            wish = "wanted 1: train.environment_threads step these worlds together"
            raise ValueError(f"train.num_processes: got {num_processes}, {wish}")
        told: dict[str, Any] = {} if discount is None else {"discount": discount}
        worlds: Any = self.rows(self.batch(settings, num_worlds, seed=seed, scenarios=scenarios, room=room, **told))
        return SharedPolicyVecEnv(worlds, [worlds] * num_worlds)

    def slots(self, settings: Any) -> tuple[Slots, ...]:
        """There are no alike others."""
        return ()

    def planes(self, settings: Any) -> Planes | None:
        """No part of the row is an image."""
        return None

    def roles(self, settings: Any) -> Roles | None:
        """All agents have one."""
        return None

    def refuses_to_learn(self, settings: Any) -> str:
        """All that is seen can be learned from."""
        return ""

    def same_seen_and_done(self, ours: Any, theirs: Any) -> str:
        """See Simulation.same_seen_and_done."""
        return _differing(self.seen_and_done, ours, theirs)

    def same_episodes(self, ours: Any, theirs: Any) -> str:
        """See Simulation.same_episodes."""
        keys = [key for key in type(ours).model_fields if key not in self.not_of_the_episode]
        return _differing(keys, ours, theirs)

    def ends(self, settings: Any) -> str:
        """Every episode ends."""
        return ""

    def sources(self, settings: Any) -> tuple[str, ...]:
        """All of it stands here."""
        return ()

    def set_num_threads(self, num_threads: int) -> None:
        """See Simulation.set_num_threads."""
        set_num_threads(num_threads)


def _differing(keys: Collection[str], ours: Any, theirs: Any) -> str:
    """The first of the keys that two settings have other values of; ''."""
    return next((key for key in keys if getattr(ours, key) != getattr(theirs, key)), "")
