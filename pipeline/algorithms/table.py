"""The algorithms that a shared policy can be trained with, by name."""

from __future__ import annotations

from typing import Any

import torch
from gymnasium.spaces import Discrete
from stable_baselines3.common.vec_env import VecEnv

from envs.ground.packages import plugins
from envs.ground.record import unknown
from pipeline.algorithms.alphazero.kind import AlphaZeroKind
from pipeline.algorithms.central.kind import CentralKind
from pipeline.algorithms.lagged.impala import SharedAPPO, SharedImpala
from pipeline.algorithms.lagged.rollouts import check_clips
from pipeline.algorithms.learner import NO_FACTS, Facts, Kind, Learner, Need
from pipeline.algorithms.muzero.kind import MuZeroKind
from pipeline.algorithms.off_policy import SharedCrossQ, SharedDDPG, SharedSAC, SharedTD3, SharedTQC
from pipeline.algorithms.offline.beside_ppo import STRENGTH, PPOKind, SharedPPOBesideCloning
from pipeline.algorithms.offline.cloning import SharedCloning
from pipeline.algorithms.offline.conservative import CQLKind, SharedCQL
from pipeline.algorithms.offline.implicit import SharedIQL
from pipeline.algorithms.offline.learning import OfflineKind
from pipeline.algorithms.on_policy import SharedA2C, SharedMaskablePPO, SharedTRPO
from pipeline.algorithms.q_learning import SharedDQN, SharedQRDQN
from pipeline.algorithms.random_search import SharedARS, check_directions
from pipeline.algorithms.recurrent_ppo import SharedRecurrentPPO
from pipeline.algorithms.sb3_kind import SB3Kind

_RECORDS: frozenset[Need] = frozenset({"recordings"})
ALGORITHMS: dict[str, Kind] = {
    "ppo": PPOKind(SharedPPOBesideCloning, records_with=frozenset({STRENGTH})),
    "a2c": SB3Kind(SharedA2C),
    "trpo": SB3Kind(SharedTRPO),
    "impala": SB3Kind(SharedImpala, together=check_clips),
    "appo": SB3Kind(SharedAPPO, together=check_clips),
    "maskable_ppo": SB3Kind(SharedMaskablePPO, takes="discrete"),
    "recurrent_ppo": SB3Kind(SharedRecurrentPPO),
    "mappo": CentralKind(),
    "sac": SB3Kind(SharedSAC, takes="continuous"),
    "tqc": SB3Kind(SharedTQC, takes="continuous"),
    "crossq": SB3Kind(SharedCrossQ, takes="continuous"),
    "td3": SB3Kind(SharedTD3, takes="continuous"),
    "ddpg": SB3Kind(SharedDDPG, takes="continuous"),
    "dqn": SB3Kind(SharedDQN, takes="discrete"),
    "qrdqn": SB3Kind(SharedQRDQN, takes="discrete"),
    "ars": SB3Kind(SharedARS, together=check_directions),
    "alphazero": AlphaZeroKind(),
    "muzero": MuZeroKind(),
    "bc": OfflineKind(SharedCloning, needs=_RECORDS),
    "cql": CQLKind(SharedCQL, needs=_RECORDS | {"transitions"}),
    "iql": OfflineKind(SharedIQL, needs=_RECORDS | {"transitions"}),
}

_WISHES = {
    "state": "one that shows a central critic its state",
    "slots": "one whose agents see alike others in slots",
    "allowed": "one whose agents choose",
    "recordings": "records of it to learn from, as train.records names them",
    "transitions": "records that tell what came of what was done",
    "teams": "one of several teams",
    "batch": "one that is a batch of its own",
    "turns": "one whose agents move by turns in a game that can be played on from any state",
}
"""What an algorithm needs of a world, in words."""


def kind_of(algorithm: str) -> Kind:
    """The algorithm of this name: of the table, or of a plug-in.

    Raises:
        ValueError: there is none, naming the nearest; or the plug-in that offers it cannot be used.
    """
    if algorithm in ALGORITHMS:
        return ALGORITHMS[algorithm]
    own = plugins.plugin(plugins.ALGORITHMS, algorithm, ALGORITHMS)
    if own is None:
        raise ValueError(unknown(algorithm, (*ALGORITHMS, *plugins.names(plugins.ALGORITHMS, ALGORITHMS))))
    return own.load(_no_kind)


def _no_kind(found: Any) -> str:
    """Why something is no Kind; '' where it is one."""
    takes = getattr(found, "takes", None)
    parts = ("needs", "by_role", "known", "check", "make")
    if isinstance(found, type) or takes not in ("any", "continuous", "discrete"):
        return f"got a {type(found).__name__} that takes {takes!r}"
    missing = [part for part in parts if not hasattr(found, part)]
    return f"got a {type(found).__name__} without {missing[0]}" if missing else ""


def known_hyperparameters(algorithm: str) -> tuple[str, ...]:
    """What of the algorithm params.yaml may set."""
    return kind_of(algorithm).known()


def records_with(algorithm: str) -> frozenset[str]:
    """The hyperparameters of an algorithm with which it learns from records, too."""
    kind = kind_of(algorithm)
    return kind.records_with if isinstance(kind, SB3Kind) else frozenset()


def check_algorithm(algorithm: str, hyperparameters: dict[str, Any], source: str, *, whole: bool = True) -> None:
    """Refuse an unknown algorithm, or a hyperparameter that it does not take.

    Args:
        whole: whether these are all that it is given, so that it can be told whether they go together.

    Raises:
        ValueError: naming the key, the nearest known name and all known ones.
    """
    try:
        kind = kind_of(algorithm)
    except ValueError as error:
        raise ValueError(f"{source}.algorithm: {error}") from error
    for name in hyperparameters:
        if name not in kind.known():
            raise ValueError(f"{source}.hyperparameters ({algorithm}): {unknown(name, kind.known())}")
    kind.check(hyperparameters, f"{source}.hyperparameters")
    if whole:
        kind.check_together(hyperparameters, f"{source}.hyperparameters")


def check_world(algorithm: str, facts: Facts, actions: str) -> None:
    """Refuse a world that has not what the algorithm takes and needs.

    Args:
        actions: continuous or discrete.

    Raises:
        ValueError: naming the algorithm, what the world has and what was wanted.
    """
    kind = kind_of(algorithm)
    for need in sorted(kind.needs - facts.has):
        has = ", ".join(sorted(facts.has)) or "none of these"
        raise ValueError(f"algorithm: {algorithm} needs {need}, got a world that has {has}, wanted {_WISHES[need]}")
    if kind.takes not in ("any", actions):
        raise ValueError(f"algorithm: {algorithm} got {actions} actions, wanted a world of {kind.takes} ones")
    if facts.roles and not kind.by_role:
        able = ", ".join(name for name, other in ALGORITHMS.items() if other.by_role)
        raise ValueError(f"train.share: got role, wanted all with {algorithm}: a policy for each role is for {able}")


def make_algorithm(
    algorithm: str,
    hyperparameters: dict[str, Any],
    venv: VecEnv,
    seed: int,
    facts: Facts = NO_FACTS,
    *,
    device: str = "cpu",
    gradient: str = "torch",
) -> Learner:
    """The algorithm, ready to learn in `venv`.

    Args:
        facts: what the world says of itself.
        device: cpu, cuda, or auto: cuda where it is there.
        gradient: torch, compiled, or auto: compiled where that can be.

    Raises:
        ValueError: whatever its constructor refuses, a world without what it needs, and a device that is not there.
    """
    actions = "discrete" if isinstance(venv.action_space, Discrete) else "continuous"
    check_world(algorithm, facts, actions)
    return kind_of(algorithm).make(hyperparameters, venv, seed, facts, _present(device), gradient)


def _present(device: str) -> str:
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ValueError("train.device: got cuda, wanted cpu or auto: no CUDA device is here")
    return device if device != "auto" else "cuda" if there else "cpu"
