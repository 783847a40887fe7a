"""Worlds stepped by several processes, for environments that are slow; episodes are those of a single process."""

from __future__ import annotations

import ctypes
import multiprocessing
import pickle
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np

from envs.ground.any_environment.faults import EnvironmentFault, told
from envs.ground.rows.dict_rows import Rows
from envs.ground.rows.vector_worlds import VectorWorlds

MakeWorlds = Callable[[range], VectorWorlds]
"""Those of all worlds that a process steps, by number."""


class WorkerDied(EnvironmentFault):
    """A process that stepped worlds is no more."""


class ProcessWorlds:
    """Shares of the worlds in processes of their own, as `VectorWorlds`. Observations lie in memory that all share."""

    def __init__(self, make_worlds: MakeWorlds, num_worlds: int, num_processes: int) -> None:
        """Start the processes.

        Args:
            make_worlds: called in each process with its share of the worlds, and here with one, which tells the spaces.
        """
        one = make_worlds(range(1))
        self.observation_space, self.action_space = one.observation_space, one.action_space
        self.metadata, self.render_mode = one.metadata, one.render_mode
        self.num_worlds, self.num_agents = num_worlds, one.num_agents
        self.num_envs = num_worlds * self.num_agents
        one.close()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([type(one).__module__])
        one_row = np.zeros(self.observation_space.shape or (), self.observation_space.dtype)
        shape, kind = (self.num_envs, *one_row.shape), one_row.dtype
        memories = [context.RawArray(ctypes.c_byte, self.num_envs * one_row.nbytes) for _ in range(2)]
        self._obs = _rows_of(memories[0], kind.str, shape)
        self.terminal_obs: Rows = _rows_of(memories[1], kind.str, shape)
        self.active = np.zeros(self.num_envs, bool)
        self.reset_infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._shares = [
            range(int(own[0]), int(own[-1]) + 1) for own in np.array_split(np.arange(num_worlds), num_processes)
        ]
        self._rows = [slice(own.start * self.num_agents, own.stop * self.num_agents) for own in self._shares]
        self._pipes: list[Connection] = []
        for share, rows in zip(self._shares, self._rows, strict=True):
            ours, its = context.Pipe()
            arguments = (its, cloudpickle.dumps(make_worlds), share, memories, shape, kind.str, rows)
            context.Process(target=_serve, args=arguments, daemon=True).start()
            its.close()
            self._pipes.append(ours)
        self._end = Finalize(self, _hang_up, (self._pipes,), exitpriority=10)
        self._ask("started")

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, list]:
        """See VectorWorlds."""
        self._take_over(self._ask("reset", *[(seed, options)] * len(self._pipes)))
        return self._obs, self.reset_infos

    def step_async(self, actions: np.ndarray) -> None:
        """Let all processes begin the step."""
        self._send("step", [(actions[rows],) for rows in self._rows])

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list]:
        """See VectorWorlds."""
        answers = self._receive()
        self._take_over([answer[:2] for answer in answers])
        rewards, terminations, truncations = (np.concatenate([answer[n] for answer in answers]) for n in (2, 3, 4))
        return self._obs, rewards, terminations, truncations, [info for answer in answers for info in answer[5]]

    def _take_over(self, told: list[tuple[np.ndarray, list]]) -> None:
        """Who acts, and the first infos of present episodes, by process."""
        self.active = np.concatenate([active for active, _ in told])
        self.reset_infos = [info for _, infos in told for info in infos]

    def action_masks(self) -> np.ndarray:
        """Which choices each row has now, (num_envs, n) bool."""
        return np.concatenate(self._ask("action_masks"))

    def get_state(self) -> list[Any]:
        """See VectorWorlds: of each world."""
        return [own for answer in self._ask("get_state") for own in answer]

    def set_state(self, state: list[Any]) -> None:
        """See VectorWorlds."""
        told = self._ask("set_state", *[(state[share.start : share.stop],) for share in self._shares])
        self._take_over(told)

    def env_is_wrapped(self, wrapper_class: type) -> list[bool]:
        """See VectorWorlds."""
        return [own for answer in self._ask("env_is_wrapped", *[(wrapper_class,)] * len(self._pipes)) for own in answer]

    def render(self) -> Any:
        """The picture of the first world."""
        self._pipes[0].send(("render", ()))
        return self._answer(0)

    def close(self) -> None:
        """End the processes."""
        self._end()

    def _ask(self, what: str, *arguments: tuple) -> list[Any]:
        """The answers of all processes."""
        self._send(what, list(arguments) or [()] * len(self._pipes))
        return self._receive()

    def _send(self, what: str, arguments: list[tuple]) -> None:
        for number, own in enumerate(arguments):
            try:
                self._pipes[number].send((what, own))
            except OSError:
                self._answer(number)  # it may have said why

    def _receive(self) -> list[Any]:
        return [self._answer(number) for number in range(len(self._pipes))]

    def _answer(self, number: int) -> Any:
        try:
            answer = self._pipes[number].recv()
        except (EOFError, OSError):
            share = self._shares[number]
            wish = "wanted it to go on; was it short of memory?"
            message = f"worlds {share.start} to {share.stop - 1}: the process that steps them ended, {wish}"
            raise WorkerDied(message) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _rows_of(memory: Any, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(memory, np.dtype(kind)).reshape(shape)


def _hang_up(pipes: list[Connection]) -> None:
    for pipe in pipes:
        pipe.close()


class _Share:
    """A process's worlds, and their rows of the memory that all share."""

    def __init__(self, worlds: Any, obs: np.ndarray, terminal_obs: np.ndarray) -> None:
        self.worlds, self.obs, self.terminal_obs = worlds, obs, terminal_obs

    def started(self) -> None:
        """Nothing to tell."""

    def reset(self, seed: int | None, options: dict[str, Any] | None) -> tuple[np.ndarray, list]:
        self.obs[:], infos = self.worlds.reset(seed=seed, options=options)
        return self.worlds.active, infos

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        self.worlds.step_async(actions)
        self.obs[:], rewards, terminations, truncations, infos = self.worlds.step_wait()
        ended = np.asarray(terminations) | np.asarray(truncations)
        self.terminal_obs[ended] = self.worlds.terminal_obs[ended]
        flags = (np.array(terminations), np.array(truncations))
        return self.worlds.active, self.worlds.reset_infos, np.array(rewards), *flags, list(infos)

    def set_state(self, state: list[Any]) -> tuple[np.ndarray, list]:
        self.worlds.set_state(state)
        return self.worlds.active, self.worlds.reset_infos

    def __getattr__(self, name: str) -> Any:
        return getattr(self.worlds, name)


def _serve(
    pipe: Connection, make: bytes, share: range, memories: list[Any], shape: tuple[int, ...], kind: str, rows: slice
) -> None:
    """Answer until nobody asks any more; who trains decides when it is stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    obs, terminal_obs = (_rows_of(memory, kind, shape)[rows] for memory in memories)
    own: _Share | None = None
    while True:
        try:
            what, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            own = own or _Share(cloudpickle.loads(make)(share), obs, terminal_obs)
            answer = getattr(own, what)(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever somebody's environment raises
            answer = error
        try:
            pipe.send(answer)
        except OSError:
            return
        except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
            wish = "wanted infos of plain values, or train.num_processes: 1"
            pipe.send(EnvironmentFault(f"an answer cannot be sent to another process: {told(error)}, {wish}"))
