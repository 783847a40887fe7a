"""What acts of a policy of Stable-Baselines3, as the network that every later stage reads."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from sb3_contrib.ars.policies import ARSPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.torch_layers import BatchRenorm1d
from sb3_contrib.crossq.policies import CrossQPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv, VecNormalize
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy
from stable_baselines3.td3.policies import TD3Policy

from envs.ground.rows.normalize_roles import RoleVecNormalize
from envs.ground.world import Roles
from pipeline.policies.network import (
    ChoosingNetwork,
    DeployedNetwork,
    DeterministicNetwork,
    GaussianNetwork,
    GreedyNetwork,
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
    if isinstance(policy, SACPolicy | TQCPolicy | CrossQPolicy):
        network: DeployedNetwork = _squashed(policy, normalization)
    elif commands is not None:
        kind = GreedyNetwork if isinstance(policy, _DRAW_NOTHING) else ChoosingNetwork
        network = kind(_body(policy), normalization, torch.as_tensor(commands, dtype=torch.float32))
    elif isinstance(policy, _DRAW_NOTHING):
        network = DeterministicNetwork(_body(policy), normalization)
    else:
        network = _gaussian(policy, normalization, dead_band)
    return copy.deepcopy(network).cpu().eval()


_DRAW_NOTHING = (TD3Policy, DQNPolicy, QRDQNPolicy, ARSPolicy)


def _squashed(policy: Any, normalization: Normalization | None) -> SquashedNetwork:
    actor = policy.actor
    *layers, mean = folded([*actor.latent_pi, actor.mu])
    log_std = folded([*actor.latent_pi, actor.log_std])[-1]
    assert isinstance(mean, torch.nn.Linear)
    assert isinstance(log_std, torch.nn.Linear)
    return SquashedNetwork(Body(actor.features_extractor, torch.nn.Sequential(*layers)), normalization, mean, log_std)


def folded(layers: Iterable[torch.nn.Module]) -> list[torch.nn.Module]:
    """The same layers without normalisation by batches: as it is when acting, each is a part of the next linear one.

    Computed in 64 bits: scale * (x - mean) / sqrt(variance + eps) + bias of x, and then weights and biases of that.
    """
    found, normalised = list[torch.nn.Module](), None
    for layer in layers:
        if isinstance(layer, BatchRenorm1d):
            normalised = layer
        elif isinstance(layer, torch.nn.Linear) and normalised is not None:
            known = {name: value.double() for name, value in normalised.state_dict().items()}
            factor = known["scale"] / (known["ra_var"] + normalised.eps).sqrt()
            weights, shift = layer.weight.detach().double(), known["bias"] - known["ra_mean"] * factor
            found.append(_linear(weights * factor, layer.bias.detach().double() + weights @ shift))
            normalised = None
        else:
            found.append(layer)
    return found


def _linear(weights: torch.Tensor, biases: torch.Tensor) -> torch.nn.Linear:
    """A layer of these weights (K, D) and biases (K,), which draws nothing from torch's generator."""
    layer = torch.nn.utils.skip_init(torch.nn.Linear, weights.shape[1], weights.shape[0])
    layer.weight.data.copy_(weights)
    layer.bias.data.copy_(biases)
    return layer


def _gaussian(policy: Any, normalization: Normalization | None, dead_band: float) -> GaussianNetwork:
    limits = (torch.as_tensor(policy.action_space.low), torch.as_tensor(policy.action_space.high))
    band = torch.full_like(limits[0], dead_band) if dead_band else None
    return GaussianNetwork(_body(policy), normalization, policy.log_std.detach(), limits, band)


def _body(policy: Any) -> Body:
    """The actor's part; of a policy with memory the LSTM of the actor alone."""
    if isinstance(policy, ARSPolicy):
        return Body(policy.features_extractor, policy.action_net)
    if isinstance(policy, TD3Policy):
        return Body(policy.actor.features_extractor, policy.actor.mu)
    if isinstance(policy, DQNPolicy):
        return Body(policy.q_net.features_extractor, policy.q_net.q_net)
    if isinstance(policy, QRDQNPolicy):
        return Body(policy.quantile_net.features_extractor, _of_means(policy))
    layers = torch.nn.Sequential(*policy.mlp_extractor.policy_net, policy.action_net)
    lstm = policy.lstm_actor if isinstance(policy, RecurrentActorCriticPolicy) else None
    return Body(policy.pi_features_extractor, layers, lstm)


def _of_means(policy: QRDQNPolicy) -> torch.nn.Sequential:
    """Layers that answer with the means of each choice's quantiles: the mean of linear answers is one."""
    *layers, last = list(policy.quantile_net.quantile_net)
    assert isinstance(last, torch.nn.Linear)
    shape = (policy.n_quantiles, -1)
    weights, biases = (part.detach().double().unflatten(0, shape).mean(0) for part in (last.weight, last.bias))
    return torch.nn.Sequential(*layers, _linear(weights, biases))
