"""The contract of a learner, whichever way it learns, and of what the table of algorithms holds by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np
import torch

from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.turn_game import TurnGame, turn_game_of
from envs.ground.world import Planes, Roles, Simulation, Slots
from pipeline.algorithms.recorded import Recorded
from pipeline.policies.network import DeployedNetwork

Need = Literal["state", "slots", "allowed", "recordings", "transitions", "teams", "batch", "turns"]
"""What an algorithm may want of a world beside rows to learn from."""


class Learner(Protocol):
    """Learns one policy in worlds that it was made with.

    Attributes:
        num_timesteps: actions of agents so far.
        world_steps: steps of worlds so far, all added up.
        gradient: what computes gradients: torch, or compiled code.
        device: where that is done: cpu or cuda.
    """

    @property
    def num_timesteps(self) -> int:
        """See the class."""
        ...

    @property
    def world_steps(self) -> int:
        """See the class."""
        ...

    @property
    def gradient(self) -> str:
        """See the class."""
        ...

    @property
    def device(self) -> str:
        """See the class."""
        ...

    def learn(self, total: int, between: Callable[[Learner], None]) -> None:
        """Learn until there are `total` timesteps in all.

        Args:
            between: called at each boundary between two iterations, the first of them before anything is learned, with
                the learner, whose `state` is whole there; it may raise, to end the learning.
        """
        ...

    def log_to(self, write: Callable[[dict[str, Any], int], None]) -> None:
        """Hand figures of learning, by name, and the timesteps so far to `write`."""
        ...

    def episodes(self) -> dict[str, float]:
        """Mean `return` and `length` of an agent's episodes that ended in training since this was asked; {}: none."""
        ...

    def actor(self) -> DeployedNetwork:
        """What acts, as it is now, on the CPU and in memory of its own."""
        ...

    def weights(self) -> dict[str, torch.Tensor]:
        """All that is learned, critics too, in memory of its own."""
        ...

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take over what `weights` gave."""
        ...

    def inheritance(self) -> dict[str, Any]:
        """What a later learner may begin with: `weights`, and beside them whatever helps; plain values, on the CPU."""
        ...

    def begin_with(self, inheritance: Mapping[str, Any]) -> tuple[str, ...]:
        """Begin with another learner's inheritance, before the first step; returns the names of what fitted.

        Raises:
            ValueError: weights that do not fit; the message names the first.
        """
        ...

    def state(self) -> dict[str, Any]:
        """What `restore` needs, between two iterations; to be written at once, for arrays may be the learner's own."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state` of a learner that was made with the same arguments, on whichever device."""
        ...

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """Go on with new episodes in other worlds, of equal spaces and equally many rows; what was learned goes on."""
        ...

    def close(self) -> None:
        """Let the worlds go, with their processes; what was learned stays."""
        ...


@dataclass(frozen=True)
class Facts:
    """What a world says of itself beside its rows.

    Attributes:
        slots, planes: where in an observation alike others and an image stand.
        commands: (n, K) float32, what each of n choices does; None: actions are numbers.
        has: what else an algorithm may want.
        roles: where an observation tells the agents' roles, of which each is to have a policy of its own; None: all
            agents share one.
        game: the rules of a game by turns, to be played on from any state; None: the world offers none.
        recorded: what was seen and done in records of this world; None: there are none.
    """

    slots: tuple[Slots, ...] = ()
    planes: Planes | None = None
    commands: np.ndarray | None = None
    has: frozenset[Need] = frozenset()
    roles: Roles | None = None
    game: TurnGame | None = None
    recorded: Recorded | None = None

    @classmethod
    def of(
        cls,
        simulation: Simulation,
        settings: Any,
        has: frozenset[Need] = frozenset(),
        roles: Roles | None = None,
        recorded: Recorded | None = None,
    ) -> Self:
        """Of a world with these settings."""
        slots, commands = simulation.slots(settings), simulation.commands(settings)
        own: set[Need] = {"slots"} if slots else set()
        own |= {"allowed"} if commands is not None else set()
        game = turn_game_of(simulation, settings)
        own |= {"turns"} if game is not None else set()
        if recorded is not None:
            own |= {"recordings"} if recorded.transitions is None else {"recordings", "transitions"}
        return cls(slots, simulation.planes(settings), commands, has | own, roles, game, recorded)


NO_FACTS = Facts()


class Kind(Protocol):
    """An algorithm, as the table holds it by name.

    Attributes:
        takes: the one kind of actions that it takes.
        needs: what it wants of a world beside rows.
        by_role: whether it can learn a policy for each role.
    """

    @property
    def takes(self) -> Literal["continuous", "discrete", "any"]:
        """See the class."""
        ...

    @property
    def needs(self) -> frozenset[Need]:
        """See the class."""
        ...

    @property
    def by_role(self) -> bool:
        """See the class."""
        ...

    def known(self) -> tuple[str, ...]:
        """The names of the hyperparameters that params.yaml may set."""
        ...

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """Refuse values that it cannot work with, each by itself; names are known.

        Raises:
            ValueError: naming the place, the value and the wish.
        """
        ...

    def check_together(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """Refuse values that do not go together; they are all that it is given.

        Raises:
            ValueError: naming the place, the value and the wish.
        """
        ...

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> Learner:
        """A learner in `venv`, worlds of a kind and facts that it takes, before its first step.

        Args:
            device: cpu or cuda, which is there.
            gradient: torch, compiled, or auto.

        Raises:
            ValueError: whatever it refuses.
        """
        ...
