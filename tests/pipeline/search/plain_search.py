"""Gumbel's search once more for a single root, in plain Python from the paper: nodes as objects, no arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

Follow = Callable[[int, int], tuple[int, float, bool]]
Ask = Callable[[int], tuple[list[float], float]]


@dataclass
class Node:
    state: int
    logits: dict[int, float]
    raw: float
    ended: bool = False
    children: dict[int, Node] = field(default_factory=dict)
    rewards: dict[int, float] = field(default_factory=dict)
    returns: dict[int, list[float]] = field(default_factory=dict)

    def visits(self, choice: int) -> int:
        return len(self.returns.get(choice, ()))

    def mean(self, choice: int) -> float:
        return sum(self.returns[choice]) / self.visits(choice)


def softmax(logits: dict[int, float]) -> dict[int, float]:
    most = max(logits.values())
    total = sum(math.exp(own - most) for own in logits.values())
    return {choice: math.exp(own - most) / total for choice, own in logits.items()}


def completed(node: Node, num_choices: int) -> dict[int, float]:
    """Of all choices, the impossible too: the paper lays values between 0 and 1 over all of them."""
    prior = softmax(node.logits)
    seen = [choice for choice in node.logits if node.visits(choice)]
    mixed = node.raw
    if seen:
        count, weight = sum(node.visits(choice) for choice in seen), sum(prior[choice] for choice in seen)
        mean = sum(prior[choice] * node.mean(choice) for choice in seen) / weight
        mixed = (node.raw + count * mean) / (1 + count)
    values = {choice: node.mean(choice) if choice in seen else mixed for choice in range(num_choices)}
    low, high = min(values.values()), max(values.values())
    scale = (50 + max(map(node.visits, values))) * 0.1
    return {choice: scale * (value - low) / max(high - low, 1e-8) for choice, value in values.items()}


def search(
    state: int, follow: Follow, ask: Ask, num_choices: int, wanted: list[int], gumbel: list[float], factor: float
) -> tuple[list[int], dict[int, float]]:
    """Visits of the root's choices, and its improved policy."""

    def made(state: int, ended: bool) -> Node:
        logits, value = ask(state)
        possible = {choice: own for choice, own in enumerate(logits) if own > -math.inf}
        most = max(possible.values())
        return Node(state, {a: own - most for a, own in possible.items()}, 0.0 if ended else value, ended)

    root = made(state, False)
    for visits in wanted:
        node, way = root, list[tuple[Node, int]]()
        while True:
            values = completed(node, num_choices)
            if node is root:
                open_now = [choice for choice in node.logits if node.visits(choice) == visits]
                choice = max(open_now, key=lambda a: (gumbel[a] + node.logits[a] + values[a], -a))
            else:
                policy = softmax({a: own + values[a] for a, own in node.logits.items()})
                count = sum(map(node.visits, node.logits))
                choice = max(policy, key=lambda a: (policy[a] - node.visits(a) / (1 + count), -a))
            way.append((node, choice))
            if choice not in node.children:
                after, reward, ended = follow(node.state, choice)
                node.children[choice], node.rewards[choice] = made(after, ended), reward
                node = node.children[choice]
                break
            node = node.children[choice]
            if node.ended:
                break
        value = node.raw
        for came, choice in reversed(way):
            value = came.rewards[choice] + factor * value
            came.returns.setdefault(choice, []).append(value)
    values = completed(root, num_choices)
    policy = softmax({a: own + values[a] for a, own in root.logits.items()})
    return [root.visits(a) for a in range(num_choices)], policy
