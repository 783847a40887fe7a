"""What acts of a policy of Stable-Baselines3, as the network that every later stage reads."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from stable_baselines3.sac.policies import SACPolicy

from envs.ground.rows.normalize_roles import RoleVecNormalize
from envs.ground.world import Roles
from pipeline.policies.network import (
    ChoosingNetwork,
    DeployedNetwork,
    GaussianNetwork,
    NetworkByRole,
    SquashedNetwork,
)
from pipeline.policies.parts import Body, Normalization


def normalization_of(venv: VecEnv | None, role: int = 0) -> Normalization | None:
    """What `venv` has learned about observations (of a role, counted from 0); None where it leaves them as they are."""
    if not isinstance(venv, VecNormalize) or not venv.norm_obs:
        return None
    stats = venv.seen[role] if isinstance(venv, RoleVecNormalize) else venv.obs_rms
    assert not isinstance(stats, dict)
    return Normalization(stats.mean.copy(), stats.var.copy(), venv.epsilon, venv.clip_obs)


def deploy_by_role(
    policies: Sequence[BasePolicy], roles: Roles, venv: VecEnv | None, commands: np.ndarray | None, dead_band: float
) -> NetworkByRole:
    """As `deploy`, of a policy for each role, and what `venv` has learned about the role's observations."""
    parts = [deploy(own, normalization_of(venv, role), commands, dead_band) for role, own in enumerate(policies)]
    return NetworkByRole(parts, roles.first).eval()


def deploy(
    policy: BasePolicy, normalization: Normalization | None, commands: np.ndarray | None, dead_band: float = 0.0
) -> DeployedNetwork:
    """The network to act with: a copy of the actor's part, on the CPU; critics stay behind.

    Args:
        commands: (n, K) float32, what discrete choices mean; None where actions are continuous.
        dead_band: of a Gaussian policy's actions.
    """
    if isinstance(policy, SACPolicy | TQCPolicy):
        network: DeployedNetwork = _squashed(policy, normalization)
    elif commands is None:
        network = _gaussian(policy, normalization, dead_band)
    else:
        network = ChoosingNetwork(_body(policy), normalization, torch.as_tensor(commands, dtype=torch.float32))
    return copy.deepcopy(network).cpu().eval()


def _squashed(policy: Any, normalization: Normalization | None) -> SquashedNetwork:
    actor = policy.actor
    body = Body(actor.features_extractor, torch.nn.Sequential(*actor.latent_pi))
    return SquashedNetwork(body, normalization, actor.mu, actor.log_std)


def _gaussian(policy: Any, normalization: Normalization | None, dead_band: float) -> GaussianNetwork:
    limits = (torch.as_tensor(policy.action_space.low), torch.as_tensor(policy.action_space.high))
    band = torch.full_like(limits[0], dead_band) if dead_band else None
    return GaussianNetwork(_body(policy), normalization, policy.log_std.detach(), limits, band)


def _body(policy: Any) -> Body:
    """The actor's part; of a policy with memory the LSTM of the actor alone."""
    layers = torch.nn.Sequential(*policy.mlp_extractor.policy_net, policy.action_net)
    lstm = policy.lstm_actor if isinstance(policy, RecurrentActorCriticPolicy) else None
    return Body(policy.pi_features_extractor, layers, lstm)
