"""A Gaussian policy of Stable-Baselines3 as compiled code sees it: one flat array of weights, and where what is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  the BLAS of compiled code, which must be there before it is told how to work
import torch
from numba import get_num_threads
from stable_baselines3.common.distributions import DiagGaussianDistribution
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from threadpoolctl import threadpool_limits

from pipeline.gradient.gaussian import CLIPPED, KL, NUM_STATS, POLICY_LOSS, VALUE_LOSS, Flown, Weighing
from pipeline.gradient.kernel import add_gradients, look_and_judge, num_blocks, room
from pipeline.gradient.layers import OUT, Architecture
from pipeline.policies.neighbours import NeighbourPooling


class Losses(NamedTuple):
    """Of one minibatch: the two losses, how far the policy has moved, and the share of rows where that was cut."""

    policy: float
    value: float
    approx_kl: float
    clip_fraction: float


def why_not(policy: Any) -> str:
    """Why this policy's gradient cannot be compiled; '' where it can."""
    if type(policy) is not ActorCriticPolicy or not isinstance(policy.action_dist, DiagGaussianDistribution):
        return "wanted continuous actions"
    if policy.device.type != "cpu":
        return "wanted a policy on the CPU"
    if not policy.share_features_extractor or type(policy.features_extractor) not in (
        FlattenExtractor,
        NeighbourPooling,
    ):
        return "features_extractor: wanted flat or pooling"
    if len(policy.observation_space.shape or ()) != 1:
        return "wanted flat observations"
    nets = (*policy.mlp_extractor.policy_net, *policy.mlp_extractor.value_net)
    if not all(isinstance(layer, torch.nn.Linear | torch.nn.Tanh) for layer in nets):
        return "activation_fn: wanted tanh"
    return ""


class CompiledNetwork:
    """Values, means and gradients of a policy's network.

    Attributes:
        weights: (P,) a copy of all parameters of the policy, in their order; to be optimised in their place. Its `grad`
            is what `learn_from` writes.
    """

    def __init__(self, policy: ActorCriticPolicy) -> None:
        """Copy the weights of `policy`.

        Raises:
            ValueError: its gradient cannot be compiled.
        """
        if reason := why_not(policy):
            raise ValueError(reason)
        threadpool_limits(1, user_api="blas")  # blocks are dealt to threads; each multiplies alone
        self._policy, self._parameters = policy, list(policy.parameters())
        begins = np.cumsum([0, *(parameter.numel() for parameter in self._parameters)])
        self._at = {id(parameter): int(begin) for parameter, begin in zip(self._parameters, begins, strict=False)}
        self.weights = torch.nn.Parameter(torch.empty(int(begins[-1])))
        self.weights.grad = torch.zeros_like(self.weights)
        self._theta, self._grads = self.weights.detach().numpy(), np.zeros((0, int(begins[-1])), np.float32)
        self._net = self._describe(policy)
        width = int(policy.observation_space.shape[0])  # type: ignore[index]
        self._memory = np.empty((0, room(self._net, width, self.weights.numel())), np.float32)
        self.take_weights()

    def take_weights(self) -> None:
        """Take over the weights of the policy."""
        with torch.no_grad():
            self.weights.copy_(torch.nn.utils.parameters_to_vector(self._parameters))

    def give_weights(self) -> None:
        """Hand the weights back to the policy."""
        with torch.no_grad():
            torch.nn.utils.vector_to_parameters(self.weights, self._parameters)

    def look_and_judge(self, obs: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean actions (n, A) and values (n,) of these rows (n,) of obs (N, D) float32."""
        mean = np.empty((len(rows), self._net.actor[-1, OUT]), np.float32)
        value = np.empty(len(rows), np.float32)
        if len(rows):
            look_and_judge(self._theta, self._net, rows, obs, self._memory_of_threads(), mean, value)
        return mean, value

    def differentiate(
        self, rows: np.ndarray, columns: dict[str, np.ndarray], known: np.ndarray, clip_range: float, vf_coef: float
    ) -> Losses:
        """Put the gradient of PPO's loss, but for the entropy's, into `weights.grad`.

        Args:
            rows: (n,) the minibatch, as rows of the columns.
            columns: observations (N, D) and actions (N, A), float32.
            known: (n, 3) float32 of each row of the minibatch: log-probability when it was flown, advantage, return.
        """
        blocks = num_blocks(len(rows), self.weights.numel())
        if len(self._grads) < blocks:
            self._grads = np.empty((blocks, self._grads.shape[1]), np.float32)
        grads, stats = self._grads[:blocks], np.zeros((blocks, NUM_STATS), np.float32)
        flown = Flown(rows, columns["observations"], columns["actions"], known)
        weighing = Weighing(np.float32(clip_range), np.float32(vf_coef), np.float32(1.0) / np.float32(len(rows)))
        add_gradients(self._theta, self._net, flown, weighing, self._memory_of_threads(), grads, stats)
        assert self.weights.grad is not None
        self.weights.grad.copy_(torch.from_numpy(grads[0]))
        return Losses(*(float(stats[0, column]) for column in (POLICY_LOSS, VALUE_LOSS, KL, CLIPPED)))

    def slope_of(self, parameter: torch.Tensor) -> torch.Tensor:
        """The part of `weights.grad` that belongs to a parameter of the policy."""
        assert self.weights.grad is not None
        return self._part(self.weights.grad, parameter)

    def value_of(self, parameter: torch.Tensor) -> torch.Tensor:
        """The part of `weights` that belongs to a parameter of the policy."""
        return self._part(self.weights.detach(), parameter)

    def _part(self, whole: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
        begin = self._at[id(parameter)]
        return whole[begin : begin + parameter.numel()]

    def _memory_of_threads(self) -> np.ndarray:
        if len(self._memory) < get_num_threads():
            self._memory = np.empty((get_num_threads(), self._memory.shape[1]), np.float32)
        return self._memory

    def _describe(self, policy: ActorCriticPolicy) -> Architecture:
        """What the kernel wants to know of the network."""
        seen: Any = policy.features_extractor
        nets = policy.mlp_extractor
        pooled = isinstance(seen, NeighbourPooling)
        first, last, slots = (seen.first, seen.last, seen.num_slots) if pooled else (0, 0, 0)
        pool = self._table([seen.own, seen.other, seen.both] if pooled else [])
        actor = self._table([*nets.policy_net, policy.action_net])
        critic = self._table([*nets.value_net, policy.value_net])
        return Architecture(first, last, slots, pool, actor, critic, self._at[id(policy.log_std)])

    def _table(self, layers: Iterable[torch.nn.Module]) -> np.ndarray:
        """The kernel's table (L, 4) of the linear layers among these."""
        linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
        rows = [
            (self._at[id(layer.weight)], self._at.get(id(layer.bias), -1), layer.out_features, layer.in_features)
            for layer in linear
        ]
        return np.array(rows, np.int64).reshape(-1, 4)
