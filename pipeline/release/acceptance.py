"""Judges a policy beside the champion on the same episodes: not worse by a margin, never above a ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.comparison import Contender, Wanted, compare, read_contender
from pipeline.evaluation.statistics import Bootstrap
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.settings.sections import Acceptance

_OF_THE_POLICY = ("actions", "observation", "reward")
"""Sections of airspace in which two policies may differ and yet fly the same traffic."""


@dataclass(frozen=True)
class Demand:
    """One figure, and the most that it may be."""

    what: str
    got: float
    most: float

    @property
    def met(self) -> bool:
        """Whether it is kept; a figure that is not known keeps nothing."""
        return self.got <= self.most

    def words(self) -> str:
        """What came, what was wanted, and by how much it fails."""
        verdict = "" if self.met else f": {100 * (self.got - self.most):.2f} points too much"
        return f"{self.what}: {self.got:+.2%}, wanted {self.most:+.2%} at most{verdict}"


@dataclass(frozen=True)
class Judgement:
    """What was asked of a policy, and how it flew."""

    name: str
    demands: tuple[Demand, ...]
    figures: dict[str, float]
    has_champion: bool

    @property
    def failed(self) -> tuple[Demand, ...]:
        """What it does not keep."""
        return tuple(demand for demand in self.demands if not demand.met)

    def words(self) -> str:
        """One line, one more for each demand, and one where there was nobody to compare with."""
        verdict = "fails" if self.failed else "passes"
        alone = [] if self.has_champion else ["  there is no champion to compare with: the ceiling alone decides"]
        return "\n".join([f"{self.name} {verdict}", *(f"  {demand.words()}" for demand in self.demands), *alone])


def judge(ours: Contender, champion: Contender | None, wanted: Acceptance, bootstrap: Bootstrap) -> Judgement:
    """Non-inferiority by the interval of the paired difference: its worse end has to be within the margin.

    Without a champion the ceiling alone decides. (Piaggio et al., "Reporting of noninferiority and equivalence
    randomized trials", JAMA 2012.)

    Raises:
        ValueError: not the same episodes.
    """
    figures = {name: float(ours.runs[0][name].mean()) for name in ("los", "arrived_share")}
    demands = [Demand("LoS rate", figures["los"], wanted.los_ceiling)]
    if champion is not None:
        found = {row["figure"]: row for row in compare(ours, champion, bootstrap).to_dict("records")}
        los, arrived = found["los"], found["arrived_share"]
        figures |= {f"los_{end}": float(los[end]) for end in ("theirs", "difference", "high")}
        figures |= {f"arrived_share_{end}": float(arrived[end]) for end in ("theirs", "difference", "low")}
        ends = f"end of the {bootstrap.confidence:.0%} interval"
        what = f"LoS rate beyond the champion's {los['theirs']:.2%}, upper {ends}"
        demands.append(Demand(what, figures["los_high"], wanted.los_margin))
        what = f"arrivals short of the champion's {arrived['theirs']:.2%}, lower {ends}"
        demands.append(Demand(what, -figures["arrived_share_low"], wanted.arrived_margin))
    return Judgement(ours.name, tuple(demands), figures, champion is not None)


def judge_exports(
    export: Path, champion: Path | None, on: Wanted, wanted: Acceptance, bootstrap: Bootstrap
) -> Judgement:
    """Fly two exported policies (folders) through the same episodes, and judge the first.

    Raises:
        ValueError: a file that cannot be read, or policies that fly in different traffic.
    """
    if champion is not None:
        check_same_traffic(read_policy(export)[1], read_policy(champion)[1])
    theirs = None if champion is None else read_contender(str(champion), on)
    return judge(read_contender(str(export), on), theirs, wanted, bootstrap)


def check_same_traffic(ours: PolicyFile, theirs: PolicyFile) -> None:
    """Raise ValueError where the worlds differ in what decides episodes: a seed means another one."""
    if ours.world != theirs.world:
        raise ValueError(f"{ours.name}: world: got {ours.world}, the champion {theirs.world}: nothing to compare")
    differs = ours.simulation.same_episodes(ours.simulation_settings, theirs.simulation_settings)
    if differs:
        got = f"settings.{differs}: got {ours.settings.get(differs)}, the champion {theirs.settings.get(differs)}"
        raise ValueError(f"{ours.name}: {got}: not the same episodes, so nothing to compare in pairs")
