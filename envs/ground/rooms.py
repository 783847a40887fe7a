"""The rooms of a world beside its simulation: baselines, scenarios, evaluation and pictures, as the doors show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from envs.ground.record import Record
from envs.ground.scene import Look, Scene
from envs.ground.sets import ScenarioSettings
from envs.ground.world import Named

if TYPE_CHECKING:
    import pandas as pd

    from envs.ground.play import Episodes, Space
    from envs.ground.steering import Steering


class Baselines(Protocol):
    """Room 2: rules that policies are compared with.

    Attributes:
        settings: the record of NAME.baselines.
        words: by name, in the order of the tables: {"mvp": "geometric resolver"}.
        nobody: the one that never acts.
        yardstick: the one to beat.
        fallback: the one that takes over where an exported policy is outside of what it was tested on.
    """

    settings: type[Record]
    words: Mapping[str, str]
    nobody: str
    yardstick: str
    fallback: str

    def make(self, settings: Any) -> dict[str, Steering]:
        """Those that play in every evaluation, by name, in the order of the tables."""
        ...


@dataclass(frozen=True)
class Way:
    """How an episode was solved, as plain values: written down, and played again.

    Attributes:
        arguments: by name, none of them called method.
    """

    method: str
    arguments: dict[str, Any] = field(default_factory=dict)


class Scenarios(Protocol):
    """Room 3: named scenarios, and how an episode is proven solvable.

    Attributes:
        settings: the record of NAME.scenarios.
        told: what `nothing_done` tells in columns of the world's own, each in words and with its unit, in the order of
            tables: {"hold_closest_s": "at, s"}.
        methods: what is done by a way of each method, in their order, its arguments in braces:
            {"mvp": "look-ahead {look_ahead_s:g} s"}.
        hard: what difficulty means, in a sentence; empty: it is not known.
    """

    settings: type[ScenarioSettings]
    told: Mapping[str, str]
    methods: Mapping[str, str]
    hard: str

    def suite(self) -> Mapping[str, Named]:
        """Named scenarios, never trained on."""
        ...

    def varied(self, simulation: Any, wanted: Any) -> dict[str, Any]:
        """The simulation's settings as plain values, before the changes of a test set (one of `settings`' test_sets).

        Raises:
            ValueError: what the set asks for is not to be had; the message begins with the key.
        """
        ...

    def no_proof(self, simulation: Any) -> str:
        """'' where it can be said of drawn episodes whether they conflict and whether they can be solved; else why not.

        Sets are then drawn as they come: neither `ways` nor `search` nor `difficulty` is asked about their episodes.
        """
        ...

    def ways(self, settings: Any, baselines: Any) -> Iterator[Way]:
        """To try on all episodes, in this order, before any search."""
        ...

    def search(self, settings: Any, space: Space, episodes: Episodes, seed: int) -> Sequence[Way | None]:
        """(N,) for what is left; what is found must still be played."""
        ...

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """Plays N episodes in these ways, one each, all of one method."""
        ...

    def nothing_done(self, settings: Any, space: Space, episodes: Episodes) -> pd.DataFrame:
        """N rows: what happens if nobody acts.

        Columns scenario, episode_seed, family, num_agents; `conflicting`, bool: whether something must be done; and
        the world's own.
        """
        ...

    def difficulty(self, settings: Any, space: Space, episodes: Episodes, seed: int, *, named: bool) -> np.ndarray:
        """(N,) float64, the larger the harder; NaN: not known. `named`: the episodes are of named scenarios."""
        ...


@dataclass(frozen=True)
class Begun:
    """An episode as it begins.

    Attributes:
        scenario: of the world's own kind, where it is a named one; else None.
        recording: of the episode in which nobody acts.
        seed: of the episode.
    """

    scenario: Any
    recording: pd.DataFrame
    seed: int


@dataclass(frozen=True)
class InBrowser:
    """A world that is played in a browser.

    Its scripts define `world`: `play(start, act)` gives an episode as pipeline/pictures/templates/player.js takes it,
    `nobody()` the action of one that does nothing, and what pipeline/show/templates/show.js asks for besides.

    Attributes:
        look: how it is drawn.
        scripts: names of files in the folder `scripts` of the world's room of pictures, in their order.
        data: plain values for the scripts: `data.world`.
        starts: plain values by name: each begins an episode.
    """

    look: Look
    scripts: tuple[str, ...]
    data: Mapping[str, Any]
    starts: Mapping[str, Any]


class Pictures(Protocol):
    """Room 5: a recording as a Scene.

    A recording has a row per step and agent. A world may keep pictures of its own in it, see envs/ground/frames.py; one
    that has nothing else to show takes DefaultPictures (envs/ground/default_pictures.py).

    Attributes:
        columns: what a recording must have; it may have more.
    """

    columns: tuple[str, ...]

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """What is drawn of one recorded episode; raises ValueError, naming the recording, where it is none."""
        ...

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """How these episodes are played in a browser, by the simulation's settings.

        Raises:
            ValueError: this world cannot be, or not with these settings; the message says why.
        """
        ...
