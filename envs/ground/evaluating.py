"""The room of a world that says what is measured of its episodes, and what evaluation does there besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from envs.ground.columns import Columns
from envs.ground.record import Record

if TYPE_CHECKING:
    import pandas as pd

    from envs.ground.play import Episodes, Space


@dataclass(frozen=True)
class Figure:
    """A number that evaluation works out of episodes and events."""

    name: str
    words: str
    unit: str = ""
    better: Literal["lower", "higher", "neither"] = "neither"
    percent: bool = False


class Measuring(Protocol):
    """Looks on while a block is played, and measures it when it has ended."""

    def keep(self) -> None:
        """A step has been taken."""
        ...

    def measured(self, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A row per episode, and one per event (a conflict, a crash); `episode` joins them, `first` is the first."""
        ...


@dataclass(frozen=True)
class Axis:
    """A curve over drawn sets: losses over density.

    Attributes:
        name: of the axis; the set at a place is called name_place.
        words, unit: of the places.
        figure, figure_words: what is shown over them.
        sets: by place, the simulation's settings there and the number of episodes.
    """

    name: str
    words: str
    unit: str
    figure: str
    figure_words: str
    sets: Mapping[float, tuple[Any, int]]

    def set_name(self, place: float) -> str:
        """The set at a place."""
        return f"{self.name}_{place:g}"


@dataclass(frozen=True)
class Shifted:
    """Shifted episodes of named scenarios: played in `space`, a row of `columns` for each (which shift, of whom).

    `left_out` has a row for each that cannot be played, say because it would begin with a failure. Columns: scenario,
    repetition, shift, shift_family, band, size, size_label, shifted.
    """

    space: Space
    episodes: Episodes
    columns: pd.DataFrame
    left_out: pd.DataFrame


@dataclass(frozen=True)
class Teams:
    """The policy beside baselines in one world: with which shares of ours, on how many episodes, beside whom."""

    shares: tuple[float, ...]
    num_episodes: int
    beside: tuple[str, ...]


class Evaluation(Protocol):
    """Room 4: what is measured of episodes, beside the outcomes. `DefaultEvaluation` (envs/ground/defaults.py) is none.

    Attributes:
        settings: the record of NAME.evaluation.
        closeness: the column of episodes that says how close each came to failing; the least is the worst.
        closeness_places: where the share of episodes that stayed above is told; empty: nowhere.
        references: baselines that `against` holds episodes beside; compared: the columns that it needs of both.
        counted: the columns that `ratios` needs.
        quantiles: figures that are quantiles over all that episodes list: a column of lists, and where (0 to 1).
        closeness_limit: below it an episode has failed; NaN: there is none.
        columns: further columns of episodes to compare policies by, and what they are.
        score_words: what the parts of the score are.
        explained: sentences of the report in the world's own words, by the keys of pipeline/report/sentences.py.
        figures: what figures and rates are called, beside the outcomes.
        tables: the figures that the report shows, by table: "rates" beside the baselines, "scenarios", an axis' name
            (which has no table without; what is no rate is a column of episodes, and summed up).
        trainings: published ones: trained on what, steps, hours.
    """

    settings: type[Record]
    closeness: str
    closeness_places: np.ndarray
    closeness_limit: float
    references: tuple[str, ...]
    compared: tuple[str, ...]
    counted: tuple[str, ...]
    quantiles: Mapping[str, tuple[str, float]]
    columns: Mapping[str, str]
    score_words: Mapping[str, str]
    explained: Mapping[str, str]
    figures: tuple[Figure, ...]
    tables: Mapping[str, tuple[str, ...]]
    trainings: tuple[tuple[str, int, float], ...]

    def measure(self, batch: Any, extras: tuple[str, ...]) -> Measuring:
        """Measures the episodes that have just begun in `batch`; `extras` as in Simulation.batch."""
        ...

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """So many worlds, or fewer where measuring them would take much memory."""
        ...

    def rates(self, episodes: Columns) -> dict[str, float]:
        """Figures of a group of episodes of one mode, beside the outcomes."""
        ...

    def against(self, paired: Columns) -> dict[str, float]:
        """What episodes are beside the references', whose columns end in _of_NAME."""
        ...

    def beside_nobody(self, episodes: Columns, nobody: Columns) -> dict[str, float]:
        """What shifted episodes are beside those in which nobody acts, row by row."""
        ...

    def ratios(self, columns: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Part and whole (R, N), by name, of the rates that get intervals over R runs on N episodes.

        Args:
            columns: those of `counted`, each (R, N), and the same of the references, ending in _of_NAME.
        """
        ...

    def axes(self, simulation: Any, settings: Any) -> tuple[Axis, ...]:
        """Curves over drawn sets; raises ValueError, beginning with the key, for what cannot be drawn."""
        ...

    def shifted(self, space: Space, settings: Any, named: Mapping[str, Any], seed: int) -> Shifted | None:
        """Departures from named scenarios, one at a time; None: the world has none."""
        ...

    def vary(self, scenario: Any, settings: Any, rng: np.random.Generator) -> Any:
        """A variant of a named scenario for the test of memorisation; itself, where the world has none.

        Its `notes`, if it has such, say what was done.
        """
        ...

    def teams(self, settings: Any) -> Teams | None:
        """How the policy plays beside others; None: it does not."""
        ...

    def score(self, figures: Mapping[str, Any], settings: Any) -> dict[str, Any]:
        """`score`, the number to rank policies by (the larger the better), `gates` (1: passed) and `parts`."""
        ...

    def gates(self, settings: Any) -> str:
        """What a policy may not exceed lest its score be 0, in words; '' where there is nothing of the kind."""
        ...

    def weights(self, settings: Any) -> Mapping[str, float]:
        """How much each part of the score counts."""
        ...

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """The few figures that experiments are compared by, of all that evaluation found, the most telling first."""
        ...

    def published(self, suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
        """Published figures on the suite's scenarios, and ours beside them; may be empty.

        Columns: mode, scenarios, published, who, episodes, value, low, high, and yardstick: the baseline's.
        """
        ...

    def envelope(self, simulation: Any) -> str:
        """What is drawn with these settings of the simulation, in words for the model card; '' for nothing."""
        ...

    def shifts_told(self, settings: Any) -> str:
        """All shifts in words for the model card; '' where there are none."""
        ...
