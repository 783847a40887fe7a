"""The gradient of PPO's loss, and the network's means and values, a block of rows at a time.

All weights are one flat float32 array, all gradients another. A block's intermediate results stay in the processor's
cache; blocks are dealt to threads, but are cut, and their gradients added, in an order that does not depend on how many
there are.
"""

from __future__ import annotations

import numba
import numpy as np
from numba import njit, prange

from pipeline.gradient.elements import matrix
from pipeline.gradient.gaussian import differentiate_losses
from pipeline.gradient.layers import OUT, backward, forward
from pipeline.gradient.pooling import OWN, back_to_weights, features_of

SMALL_BLOCK, LARGE_BLOCK, MANY_WEIGHTS = 128, 256, 50_000
"""Rows to a block, roughly; measured: each block adds a whole gradient, which of many weights is a long one."""


def num_blocks(rows: int, num_weights: int) -> int:
    """How many blocks so many rows are cut into: an even number, so that two threads have the same to do."""
    return 2 * max(1, round(rows / (2 * _block_size(num_weights))))


def _block_size(num_weights: int) -> int:
    return LARGE_BLOCK if num_weights > MANY_WEIGHTS else SMALL_BLOCK


@njit(cache=True)
def _block(theta, net, rows, obs, taken, sampled, clip, value_weight, count, memory, grad, stats):
    """The gradient that a block of rows adds to that of a minibatch of `count` rows."""
    (first, last, slots, pool, actor, critic, log_std_at) = net
    features, own, others, met, bent, at = features_of(theta, rows, obs, first, last, slots, pool, memory)
    actor_at = at
    mean, at = forward(theta, actor, features, memory, at)
    critic_at = at
    value, at = forward(theta, critic, features, memory, at)
    to_mean = matrix(memory, at, rows.shape[0], mean.shape[1])
    at += to_mean.size
    to_value = matrix(memory, at, rows.shape[0], 1)
    at += to_value.size
    log_std = theta[log_std_at : log_std_at + mean.shape[1]]
    to_log_std = grad[log_std_at : log_std_at + mean.shape[1]]
    weights = clip, value_weight, count
    differentiate_losses(mean, value, log_std, rows, taken, sampled, *weights, to_mean, to_value, to_log_std, stats)
    width = bent.shape[1]
    by_actor, at = backward(theta, grad, actor, features, memory, actor_at, at, to_mean, width)
    by_critic, at = backward(theta, grad, critic, features, memory, critic_at, at, to_value, width)
    if slots:
        slopes = by_actor, by_critic
        back_to_weights(theta, grad, pool, slots, own, others, met, bent, features, slopes, memory, at)


@njit(cache=True, parallel=True)
def add_gradients(theta, net, rows, obs, taken, sampled, clip, value_weight, memory, grads, stats):
    """The gradient of a minibatch: into grads[0] (P,); sums of what is logged into stats[0] (NUM_STATS,).

    Args:
        rows: (n,) which rows of obs (N, D) and taken (N, A) the minibatch has.
        sampled: (n, 3) log-probability when it was flown, advantage, return.
        memory: (threads, room) to work with.
        grads: (blocks, P), stats: (blocks, NUM_STATS).
    """
    blocks, count = grads.shape[0], rows.shape[0]
    stats[:] = np.float32(0.0)
    for b in prange(blocks):
        here = slice(b * count // blocks, (b + 1) * count // blocks)
        mine = memory[numba.get_thread_id()]
        _block(theta, net, rows[here], obs, taken, sampled[here], clip, value_weight, count, mine, grads[b], stats[b])
    for b in range(1, blocks):
        grads[0] += grads[b]
        stats[0] += stats[b]


@njit(cache=True, parallel=True)
def look_and_judge(theta, net, rows, obs, memory, mean, value):
    """mean (n, A) and value (n,) of these rows (n,) of obs (N, D)."""
    (first, last, slots, pool, actor, critic, _) = net
    count = rows.shape[0]
    blocks = max(1, (count + SMALL_BLOCK - 1) // SMALL_BLOCK)
    for b in prange(blocks):
        here = slice(b * count // blocks, (b + 1) * count // blocks)
        mine = memory[numba.get_thread_id()]
        found = features_of(theta, rows[here], obs, first, last, slots, pool, mine)
        out, at = forward(theta, actor, found[0], mine, found[5])
        mean[here] = out
        out, at = forward(theta, critic, found[0], mine, at)
        value[here] = out[:, 0]


def room(net, width: int, num_weights: int) -> int:
    """How many numbers a thread's memory holds, for observations of `width` numbers."""
    (first, last, slots, pool, actor, critic, _) = net
    pooled = int(pool[OWN, OUT]) if slots else 0
    row = width + width - (last - first) + pooled + (4 * slots + 2) * pooled
    once = 0
    for layers in (actor, critic):
        row += 2 * int(layers[:, OUT].sum()) + pooled
        once += int(layers[0, OUT]) * pooled
    return 3 * _block_size(num_weights) // 2 * row + once
