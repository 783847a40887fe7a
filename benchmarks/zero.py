"""How soon do learners play the boards well? python -m benchmarks.zero tic_tac_toe|connect_four

Learners train as params.yaml says of them, and stop now and then to be examined, while the clock stands still.
Mistakes are moves that lose value, counted on positions whose values are exact: all that go on of tic-tac-toe, drawn
ones of 12 to 28 stones of connect four in which a mistake can be made. What is examined is what would be exported,
alone and with a search. Points are games won and half of those drawn, from both seats.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.unwatched import unwatched
from envs.boards.scenarios.positions import Proven, prove, reachable_positions
from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from pipeline.algorithms.learner import Learner
from pipeline.export.onnx_export import as_exported
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.policies.modelled import model_of
from pipeline.scenarios.sets import draw_seeds
from pipeline.search.policy import searching
from pipeline.settings.params import Params, read_params

_WORLD, _SEED = "boards", 1
_FEWEST, _MOST = 12, 28
"""Stones on the positions of connect four."""
_AT_ONCE = 100
"""Positions that are drawn before it is asked which of them can be mistaken."""


@dataclass
class Training:
    """One training, examined now and then.

    Attributes:
        moves: that it ends with; None: as params.yaml says.
        seconds: that it has learned for; processor: seconds of all its threads.
        found: of each examination seconds, processor, moves and what was found, by name.
    """

    game: str
    algorithm: str
    seed: int
    moves: int | None = None
    seconds: float = 0.0
    processor: float = 0.0
    found: list[dict[str, float]] = field(default_factory=list)


class Enough(Exception):  # noqa: N818
    """Ends a training."""


def params_of(game: str, algorithm: str, moves: int | None) -> Params:
    """params.yaml with this game, learned by this algorithm in so many moves (None: as it says)."""
    params = read_params(PARAMS)
    preset = None if game == "connect_four" else game
    own = {"algorithm": algorithm} | ({} if moves is None else {"total_timesteps": moves})
    sections = {**params.sections, _WORLD: params.sections[_WORLD].model_copy(update={"preset": preset})}
    return params.model_copy(update={"sections": sections, "policies": {"only": own}})


def positions_of(game: str, count: int) -> Proven:
    """All positions of tic-tac-toe that go on; of connect four so many drawn ones in which a mistake can be made."""
    if game == "tic_tac_toe":
        return prove(GAMES[game], reachable_positions(GAMES[game])[0])
    found = list[Proven]()
    while sum(len(own.stones) for own in found) < count:
        proven = prove(GAMES[game], _drawn(game, _AT_ONCE, len(found)))
        wrong = (proven.possible & ~proven.keeping).any(1)
        found.append(Proven(proven.stones[wrong], proven.values[wrong]))
    stones, values = (np.concatenate([getattr(own, name) for own in found])[:count] for name in ("stones", "values"))
    return Proven(stones, values)


def _drawn(game: str, count: int, number: int) -> np.ndarray:
    """Positions (N, 2) that episodes of the test split begin with."""
    from envs.boards.simulation.room import SIMULATION

    settings = SIMULATION.settings.from_values({"game": game, "openings": {"least": _FEWEST, "most": _MOST}})
    batch = SIMULATION.batch(settings, count)
    seeds = draw_seeds(np.random.default_rng([_SEED, number]), "test", count)
    batch.begin(np.arange(count), np.full(count, -1), seeds)
    return Forks(GAMES[game]).read(batch.observation[batch.active])


def mistakes(policy: Policy, game: str, proven: Proven) -> int:
    """Positions in which its move loses value."""
    rows, allowed = Forks(GAMES[game]).see(proven.stones)
    choices = policy.act(rows, None, allowed)[:, 0].astype(int)
    return int((~proven.keeping[np.arange(len(choices)), choices]).sum())


def points(policy: Policy, space: Space, depth: int, games: int) -> float:
    """Of games against alpha-beta that looks `depth` moves ahead, from openings of up to four random stones."""
    openings = {"least": 0, "most": 2 if space.settings.game == "tic_tac_toe" else 4}
    changed = {"openings": openings, "opponent": {"kind": "alpha_beta", "depth": depth}}
    settings = space.simulation.settings.from_values(space.settings.model_dump(mode="json") | changed)
    episodes = Episodes.drawn(draw_seeds(np.random.default_rng(_SEED), "test", games))
    played = play(Space(space.simulation, settings), episodes, policy).episodes
    return float((played["return"].mean() + 1.0) / 2.0)


@dataclass(frozen=True)
class Examination:
    """What is looked at: positions, depths of alpha-beta, and simulations (0: the network alone)."""

    proven: Proven
    simulations: tuple[int, ...]
    depths: tuple[int, ...]
    games: int

    def of(self, learner: Learner, space: Space) -> dict[str, float]:
        """Mistakes as a share, and points, by name."""
        game, found = space.settings.game, dict[str, float]()
        network, forks = learner.actor(), Forks(GAMES[game])
        model = model_of(network, forks.factor * space.discount)
        policy, _ = as_exported(network, 2 * GAMES[game].num_cells, 17)
        for number in self.simulations:
            acting = searching(policy, forks, number, space.discount, model) if number else policy
            if acting is not None:
                share = mistakes(acting, game, self.proven) / len(self.proven.stones)
                found[f"mistakes, {number} simulations"] = share
        for depth in self.depths:
            found[f"points, depth {depth}"] = points(policy, space, depth, self.games)
        return found


def train(training: Training, examination: Examination, every_s: float, limit_s: float) -> None:
    """Train for so many seconds of learning, examined each `every_s`; ends before where nothing is mistaken.

    Schedules end with total_timesteps of params.yaml, and the training with them.
    """
    assignment, learner = unwatched(params_of(training.game, training.algorithm, training.moves), training.seed, _WORLD)
    set_threads(assignment.simulation, assignment.train.torch_threads, assignment.train.environment_threads)
    clock = [time.perf_counter(), time.process_time()]

    def examine(learner: Learner, *, last: bool = False) -> None:
        now = (time.perf_counter(), time.process_time())
        training.seconds += now[0] - clock[0]
        training.processor += now[1] - clock[1]
        last |= training.seconds >= limit_s
        if last or len(training.found) * every_s <= training.seconds:
            figures = {"seconds": training.seconds, "processor": training.processor, "moves": learner.num_timesteps}
            training.found.append(figures | examination.of(learner, assignment.space))
            told = {name: round(value, 4) for name, value in training.found[-1].items()}
            print(training.algorithm, training.seed, told, flush=True)
            if last or not any(_mistaken(training.found[-1])):
                raise Enough
        clock[:] = [time.perf_counter(), time.process_time()]

    with closing(learner), suppress(Enough):
        learner.learn(assignment.train.total_timesteps, examine)
        examine(learner, last=True)


def _mistaken(found: Mapping[str, float]) -> Iterator[float]:
    return (value for name, value in found.items() if name.startswith("mistakes"))


def show(trainings: list[Training]) -> None:
    """The last examination of each training, as a table."""
    named = list(dict.fromkeys(name for own in trainings for name in own.found[-1]))
    load = f"{os.getloadavg()[0]:.1f} processes on {os.cpu_count()} cores at the end"
    table = Table(title=f"{trainings[0].game} ({load})")
    for column in ("algorithm", "seed", *named):
        table.add_column(column, justify="right")
    for own in trainings:
        cells = [_shown(name, own.found[-1].get(name)) for name in named]
        table.add_row(own.algorithm, str(own.seed), *cells)
    Console(width=160).print(table)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if name.startswith(("mistakes", "points")) else f"{value:,.0f}"


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("game", choices=GAMES)
    parser.add_argument("--algorithms", nargs="+", default=["alphazero", "maskable_ppo"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--moves", type=int, help="that a training ends with; not given: as params.yaml says")
    parser.add_argument("--limit", type=float, default=180.0, help="seconds of learning")
    parser.add_argument("--every", type=float, default=15.0, help="seconds of learning between two examinations")
    parser.add_argument("--simulations", nargs="+", type=int, default=[0], help="of the search; 0: the network alone")
    parser.add_argument("--depths", nargs="*", type=int, default=[], help="of alpha-beta to play against")
    parser.add_argument("--games", type=int, default=200, help="against each")
    parser.add_argument("--positions", type=int, default=1000, help="of connect four")
    chosen = parser.parse_args()
    proven = positions_of(chosen.game, chosen.positions)
    print(f"{len(proven.stones):,} positions", flush=True)
    examination = Examination(proven, tuple(chosen.simulations), tuple(chosen.depths), chosen.games)
    trainings = [
        Training(chosen.game, algorithm, seed, chosen.moves) for algorithm in chosen.algorithms for seed in chosen.seeds
    ]
    for training in trainings:
        train(training, examination, chosen.every, chosen.limit)
    show(trainings)


if __name__ == "__main__":
    main()
