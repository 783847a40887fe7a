"""A network with a model of the game inside: what acts is a part of it, a search can ask the rest what would come."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch

from pipeline.policies.network import ChoosingNetwork, DeployedNetwork, ValuedNetwork
from pipeline.policies.parts import Body, Normalization

PREDICTION, DYNAMICS = "prediction", "dynamics"
"""A body's further layers: of a latent (L,) logits (n,) and the value's distribution (A,); of a latent and a choice
(L + n,) how much the latent changes (L,) and the reward's distribution (A,)."""


class ModelledNetwork(ChoosingNetwork):
    """As a `ValuedNetwork`, of MuZero: Schrittwieser et al., "Mastering Atari, Go, chess and shogi by planning with a
    learned model", Nature 2020.

    Its body answers with a latent (N, L), of which `prediction` says the rest. Values and rewards are distributions
    over A numbers, `support`, and said to be their means.
    """

    KIND = "modelled"
    OUTPUTS = ValuedNetwork.OUTPUTS
    support: torch.Tensor

    def __init__(
        self, body: Body, normalization: Normalization | None, commands: torch.Tensor, support: torch.Tensor
    ) -> None:
        """See ChoosingNetwork; the body has PREDICTION and DYNAMICS.

        Raises:
            ValueError: layers that do not fit together.
        """
        super().__init__(body, normalization, commands)
        self.prediction, self.dynamics = body.further[PREDICTION], body.further[DYNAMICS]
        self.register_buffer("support", support)
        self.num_choices, self.num_atoms = len(commands), len(support)
        self.latent_size = _sizes(self.layers)[1]
        for name, layers, inputs, outputs in (
            (PREDICTION, self.prediction, self.latent_size, self.num_choices),
            (DYNAMICS, self.dynamics, self.latent_size + self.num_choices, self.latent_size),
        ):
            wanted = inputs, outputs + self.num_atoms
            if _sizes(layers) != wanted:
                raise ValueError(f"further.{name}: got layers of sizes {_sizes(layers)}, wanted {wanted}")

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """See DeployedNetwork.blank."""
        return cls(body, normalization, weights["commands"], weights["support"])

    def represent(self, obs: torch.Tensor) -> torch.Tensor:
        """Latents (N, L) of obs (N, D)."""
        return self.normalized(self.layers(self.features(obs)))

    def normalized(self, latents: torch.Tensor) -> torch.Tensor:
        """Each (L,) of these (N, L) with mean 0 and deviation 1: of one size, however far the model is followed.

        The paper lays them between 0 and 1; by that rewards were learned far slower here (docs/boards.md).
        """
        return torch.nn.functional.layer_norm(latents, (self.latent_size,))

    def predict(self, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, n) of choices, and those (N, A) of the value, of latents (N, L)."""
        said = self.prediction(latents)
        return said[:, : self.num_choices], said[:, self.num_choices :]

    def follow(self, latents: torch.Tensor, choices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (N, L) after choices (N,) int64, and logits (N, A) of what is paid for them."""
        made = torch.nn.functional.one_hot(choices, self.num_choices).to(latents.dtype)
        said = self.dynamics(torch.cat([latents, made], 1))
        return self.normalized(latents + said[:, : self.latent_size]), said[:, self.latent_size :]

    def mean(self, logits: torch.Tensor) -> torch.Tensor:
        """What distributions of these logits (N, A) are in the mean, (N,)."""
        return torch.softmax(logits, 1) @ self.support

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the latent before it is normalised."""
        logits, value = self.predict(self.normalized(answer))
        return *super().decide(logits), self.mean(value)


class LearnedModel:
    """What a search asks of a game and of a network, answered by a network alone; see pipeline/search/rules.py.

    A state is a latent (L,), logits of choices (n,), -inf of those that cannot be made, and a value: L + n + 1 numbers,
    float32. What cannot be made is known of where a search begins. Further on nothing is known of the rules: every
    choice can be made, and no game ends.
    """

    def __init__(self, network: ModelledNetwork, factor: float) -> None:
        """Of the network as it is now.

        Args:
            factor: what the value of the next state counts for who chooses, see Rules.
        """
        self._network, self.factor = copy.deepcopy(network).eval(), factor
        self._device = network.support.device

    def begin(self, rows: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
        """States (N, S) of rows seen (N, D), of which choices (N, n) can be made; None: all."""
        with torch.inference_mode():
            states = self._told(self._network.represent(torch.from_numpy(rows).to(self._device)))
        if allowed is not None:
            logits = states[:, self._choices]
            logits[~allowed] = -np.inf
        return states

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Rules.follow."""
        latents = torch.from_numpy(np.ascontiguousarray(states[:, : self._network.latent_size])).to(self._device)
        with torch.inference_mode():
            after, paid = self._network.follow(latents, torch.from_numpy(choices).to(self._device))
            rewards = self._network.mean(paid).cpu().numpy()
            return self._told(after), rewards, np.zeros(len(states), bool)

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Rules.see: a state is seen as it is."""
        return states, states[:, self._choices] > -np.inf

    def ask(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Ask: what the network said when it made the states."""
        return states[:, self._choices], states[:, -1]

    @property
    def _choices(self) -> slice:
        return slice(self._network.latent_size, -1)

    def _told(self, latents: torch.Tensor) -> np.ndarray:
        logits, value = self._network.predict(latents)
        return torch.cat([latents, logits, self._network.mean(value)[:, None]], 1).cpu().numpy()


def model_of(network: DeployedNetwork, factor: float) -> LearnedModel | None:
    """The model inside a network, see LearnedModel; None: it has none."""
    return LearnedModel(network, factor) if isinstance(network, ModelledNetwork) else None


def _sizes(layers: Any) -> tuple[int, int]:
    """What layers take and give."""
    linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    return linear[0].in_features, linear[-1].out_features
