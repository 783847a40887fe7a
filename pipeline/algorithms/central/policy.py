"""An actor that sees its own row, and a critic that sees the rows of others, too, pooled in any order."""

from __future__ import annotations

from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import MlpExtractor

from pipeline.algorithms.central.company import Seen

_FAR = -1e9


class MeanOfOthers(torch.nn.Module):
    """Seen -> (n, width + 1): the mean of what is made of each row that is there, and the share of slots in use.

    One small network looks at each row (Zaheer et al., "Deep Sets", NeurIPS 2017).
    """

    def __init__(self, num_seen: int, width: int) -> None:
        """Of rows of `num_seen` numbers."""
        super().__init__()
        self.each = torch.nn.Sequential(
            torch.nn.Linear(num_seen, width), torch.nn.Tanh(), torch.nn.Linear(width, width), torch.nn.Tanh()
        )
        self.width = width + 1

    def forward(self, seen: Seen) -> torch.Tensor:
        """See the class."""
        told = torch.nn.functional.embedding(seen.which, self.each(seen.rows))
        return _with_share((told * self.weights(seen, told)[:, :, None]).sum(1), seen.there)

    def weights(self, seen: Seen, told: torch.Tensor) -> torch.Tensor:
        """The weight (n, A) of each other, 0 where nobody is, of what is told of them (n, A, width)."""
        return seen.there / seen.there.sum(1, keepdim=True).clamp(min=1.0)


class AttentionToOthers(MeanOfOthers):
    """As MeanOfOthers, but own row asks who matters (Vaswani et al., 2017, section 3.2, one query, one head)."""

    def __init__(self, num_seen: int, width: int) -> None:
        """See MeanOfOthers."""
        super().__init__(num_seen, width)
        self.query, self.key = torch.nn.Linear(num_seen, width), torch.nn.Linear(width, width)

    def weights(self, seen: Seen, told: torch.Tensor) -> torch.Tensor:
        """See MeanOfOthers.weights."""
        scores = (self.query(seen.own)[:, None] * self.key(told)).sum(2) / told.shape[2] ** 0.5
        return torch.softmax(scores + _FAR * (1.0 - seen.there), dim=1) * seen.there


def _with_share(heard: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    return torch.cat([heard, there.mean(1, keepdim=True)], 1)


POOLINGS: dict[str, type[MeanOfOthers]] = {"mean": MeanOfOthers, "attention": AttentionToOthers}


class CentralPolicy(ActorCriticPolicy):
    """Stable-Baselines3's actor and critic, which take `Seen`; the critic's layers take what is pooled of others, too.

    The actor is built of the same parts as without, so that it is deployed alike.

    Attributes:
        critic_pooling: one of POOLINGS.
        critic_width: numbers that are made of each other row.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Any,
        *,
        critic_pooling: str,
        critic_width: int,
        **others: Any,
    ) -> None:
        """See ActorCriticPolicy."""
        self.critic_pooling, self.critic_width = critic_pooling, critic_width
        super().__init__(observation_space, action_space, lr_schedule, **others)

    def _build_mlp_extractor(self) -> None:
        """See ActorCriticPolicy: the critic's layers are of their own."""
        super()._build_mlp_extractor()
        (num_seen,) = self.observation_space.shape or ()
        others = POOLINGS[self.critic_pooling](num_seen, self.critic_width).to(self.device)
        wider = MlpExtractor(self.features_dim + others.width, self.net_arch, self.activation_fn, self.device)
        self.mlp_extractor.others = others
        self.mlp_extractor.value_net, self.mlp_extractor.latent_dim_vf = wider.value_net, wider.latent_dim_vf

    def forward(self, obs: Any, deterministic: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Actions (n, ...), values (n, 1) and log-probabilities (n,)."""
        of_actor, values = self._look(obs)
        distribution = self._get_action_dist_from_latent(of_actor)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions.reshape((-1, *(self.action_space.shape or ()))), values, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: Any, actions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Values (n, 1), log-probabilities (n,) of these actions, and entropies (n,)."""
        of_actor, values = self._look(obs)
        distribution = self._get_action_dist_from_latent(of_actor)
        return values, distribution.log_prob(actions), distribution.entropy()

    def predict_values(self, obs: Any) -> torch.Tensor:
        """Values (n, 1)."""
        return self._look(obs)[1]

    def _look(self, seen: Seen) -> tuple[torch.Tensor, torch.Tensor]:
        """What the actor makes of the agents' own rows, and values (n, 1)."""
        features = self.extract_features(seen.own)
        of_actor, of_critic = (features, features) if isinstance(features, torch.Tensor) else features
        layers: Any = self.mlp_extractor
        judged = layers.forward_critic(torch.cat([of_critic, layers.others(seen)], 1))
        return layers.forward_actor(of_actor), self.value_net(judged)
