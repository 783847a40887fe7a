"""The gradient of PPO's loss, and the network's means and values, a block of rows at a time.

All weights are one flat float32 array, all gradients another. A block's intermediate results stay in the processor's
cache; blocks are dealt to threads, but are cut, and their gradients added, in an order that does not depend on how many
there are.
"""

from __future__ import annotations

import numba
from numba import njit, prange

from pipeline.gradient.elements import matrix
from pipeline.gradient.gaussian import Flown, Said, differentiate_losses
from pipeline.gradient.layers import OUT, Architecture, backward, forward
from pipeline.gradient.pooling import OWN, back_to_weights, features_of

SMALL_BLOCK, LARGE_BLOCK, MANY_WEIGHTS = 128, 256, 50_000
"""Rows to a block, roughly; measured: each block adds a whole gradient, which of many weights is a long one."""


def num_blocks(rows: int, num_weights: int) -> int:
    """How many blocks so many rows are cut into: an even number, so that two threads have the same to do."""
    return 2 * max(1, round(rows / (2 * _block_size(num_weights))))


def _block_size(num_weights: int) -> int:
    return LARGE_BLOCK if num_weights > MANY_WEIGHTS else SMALL_BLOCK


@njit(cache=True)
def _block(theta, net, flown, weighing, memory, grad, stats):
    """The gradient that a block of rows adds to that of its minibatch."""
    seen, actor_at = features_of(theta, net, flown.rows, flown.observations, memory)
    mean, critic_at = forward(theta, net.actor, seen.features, memory, actor_at)
    value, at = forward(theta, net.critic, seen.features, memory, critic_at)
    to_mean = matrix(memory, at, mean.shape[0], mean.shape[1])
    at += to_mean.size
    to_value = matrix(memory, at, mean.shape[0], 1)
    at += to_value.size
    noise = slice(net.log_std, net.log_std + mean.shape[1])
    slopes = Said(to_mean, to_value, grad[noise])
    differentiate_losses(Said(mean, value, theta[noise]), flown, weighing, slopes, stats)
    width = seen.bent.shape[1]
    by_actor, at = backward(theta, grad, net.actor, seen.features, memory, actor_at, at, to_mean, width)
    by_critic, at = backward(theta, grad, net.critic, seen.features, memory, critic_at, at, to_value, width)
    if net.slots:
        back_to_weights(theta, grad, net, seen, (by_actor, by_critic), memory, at)


@njit(cache=True)
def _add_blocks(parts):
    """parts[0] becomes the sum of parts (blocks, N), one after the other.

    Not written where blocks are dealt to threads: there each addition of arrays would be dealt, too, which takes longer
    than it does.
    """
    for b in range(1, parts.shape[0]):
        parts[0] += parts[b]


@njit(cache=True, parallel=True)
def add_gradients(theta, net, flown, weighing, memory, grads, stats):
    """The gradient of a minibatch: into grads[0] (P,); sums of what is logged into stats[0] (NUM_STATS,).

    Args:
        theta: (P,) the weights, see Architecture.
        flown: the minibatch.
        memory: (threads, room) to work with.
        grads: (blocks, P), stats: (blocks, NUM_STATS), which holds zeros.
    """
    blocks, count = grads.shape[0], flown.rows.shape[0]
    for b in prange(blocks):
        here = slice(b * count // blocks, (b + 1) * count // blocks)
        mine = memory[numba.get_thread_id()]
        some = Flown(flown.rows[here], flown.observations, flown.actions, flown.known[here])
        _block(theta, net, some, weighing, mine, grads[b], stats[b])
    _add_blocks(grads)
    _add_blocks(stats)


@njit(cache=True, parallel=True)
def look_and_judge(theta, net, rows, obs, memory, mean, value):
    """mean (n, A) and value (n,) of these rows (n,) of obs (N, D)."""
    count = rows.shape[0]
    blocks = max(1, (count + SMALL_BLOCK - 1) // SMALL_BLOCK)
    for b in prange(blocks):
        here = slice(b * count // blocks, (b + 1) * count // blocks)
        mine = memory[numba.get_thread_id()]
        seen, at = features_of(theta, net, rows[here], obs, mine)
        out, at = forward(theta, net.actor, seen.features, mine, at)
        mean[here] = out
        out, at = forward(theta, net.critic, seen.features, mine, at)
        value[here] = out[:, 0]


def room(net: Architecture, width: int, num_weights: int) -> int:
    """How many numbers a thread's memory holds, for observations of `width` numbers."""
    pooled = int(net.pool[OWN, OUT]) if net.slots else 0
    row = width + width - (net.last - net.first) + pooled + (4 * net.slots + 2) * pooled
    once = 0
    for layers in (net.actor, net.critic):
        row += 2 * int(layers[:, OUT].sum()) + pooled
        once += int(layers[0, OUT]) * pooled
    return 3 * _block_size(num_weights) // 2 * row + once
