"""Judges a policy beside the champion on the same episodes: not worse by a margin, never above a ceiling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.ground.outcomes import Outcome, judged
from pipeline.evaluation.resampling import Bootstrap
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.release.comparison import Contender, Wanted, compare, read_contender
from pipeline.settings.sections import Acceptance

RETURN = "return"


@dataclass(frozen=True)
class Demand:
    """One figure, and the most that it may be; a share of episodes or of agents, or a return."""

    what: str
    got: float
    most: float
    share: bool = True

    @property
    def met(self) -> bool:
        """Whether it is kept; a figure that is not known keeps nothing."""
        return self.got <= self.most

    def words(self) -> str:
        """What came, what was wanted, and by how much it fails."""
        if not self.share:
            return f"{self.what}: {self.got:+.4g}, wanted {self.most:+.4g} at most"
        verdict = "" if self.met else f": {100 * (self.got - self.most):.2f} points too much"
        return f"{self.what}: {self.got:+.2%}, wanted {self.most:+.2%} at most{verdict}"


@dataclass(frozen=True)
class Judgement:
    """What was asked of a policy, and how it played."""

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
        decides = "the ceiling alone decides" if self.demands else "nothing is asked of it"
        alone = [] if self.has_champion else [f"  there is no champion to compare with: {decides}"]
        return "\n".join([f"{self.name} {verdict}", *(f"  {demand.words()}" for demand in self.demands), *alone])


def judge(
    ours: Contender,
    champion: Contender | None,
    outcomes: Sequence[Outcome],
    wanted: Acceptance,
    bootstrap: Bootstrap,
) -> Judgement:
    """Non-inferiority by the interval of the paired difference: its worse end has to be within the margin.

    Each failure that the world declares has a ceiling, and a margin beside the champion's; each share has a margin.
    Where the world declares neither, nothing has a scale for margins: a return fails only where the whole interval of
    the difference lies below the champion's. Without a champion the ceilings alone decide. (Piaggio et al., "Reporting
    of noninferiority and equivalence randomized trials", JAMA 2012.)

    Raises:
        ValueError: not the same episodes.
    """
    asked = judged(outcomes)
    names = [outcome.name for outcome in asked] or [RETURN]
    figures = {name: float(ours.runs[0][name].mean()) for name in names}
    demands = list(_ceilings(asked, figures, wanted))
    if champion is not None:
        rows = compare(ours, champion, bootstrap).to_dict("records")
        found: dict[str, Any] = {str(row["figure"]): row for row in rows}
        for name in names:
            figures |= {f"{name}_{end}": float(found[name][end]) for end in ("theirs", "difference", "low", "high")}
        demands += _beside_champion(asked, found, wanted, bootstrap.confidence)
    return Judgement(ours.name, tuple(demands), figures, champion is not None)


def _ceilings(asked: Sequence[Outcome], figures: Mapping[str, float], wanted: Acceptance) -> Iterator[Demand]:
    for outcome in asked:
        if outcome.kind == "failure":
            yield Demand(f"{outcome.short or outcome.name} rate", figures[outcome.name], wanted.failure_ceiling)


def _beside_champion(
    asked: Sequence[Outcome], found: Mapping[str, Any], wanted: Acceptance, confidence: float
) -> Iterator[Demand]:
    ends = f"end of the {confidence:.0%} interval"
    for outcome in asked:
        row, name = found[outcome.name], outcome.short or outcome.name
        if outcome.kind == "failure":
            what = f"{name} rate beyond the champion's {row['theirs']:.2%}, upper {ends}"
            yield Demand(what, float(row["high"]), wanted.failure_margin)
        else:
            what = f"{name} short of the champion's {row['theirs']:.2%}, lower {ends}"
            yield Demand(what, -float(row["low"]), wanted.share_margin)
    if not asked:
        row = found[RETURN]
        what = f"return short of the champion's {row['theirs']:.4g}, upper {ends}"
        yield Demand(what, -float(row["high"]), 0.0, share=False)


def judge_exports(
    export: Path, champion: Path | None, on: Wanted, wanted: Acceptance, bootstrap: Bootstrap
) -> Judgement:
    """Play two exported policies (folders) through the same episodes, and judge the first.

    Raises:
        ValueError: a file that cannot be read, or policies that play other episodes.
    """
    described = read_policy(export)[1]
    if champion is not None:
        check_same_episodes(described, read_policy(champion)[1])
    theirs = None if champion is None else read_contender(str(champion), on)
    outcomes = described.simulation.outcomes(described.simulation_settings)
    return judge(read_contender(str(export), on), theirs, outcomes, wanted, bootstrap)


def check_same_episodes(ours: PolicyFile, theirs: PolicyFile) -> None:
    """Raise ValueError where the worlds differ in what decides episodes: a seed means another one."""
    if ours.world != theirs.world:
        raise ValueError(f"{ours.name}: world: got {ours.world}, the champion {theirs.world}: nothing to compare")
    differs = ours.simulation.same_episodes(ours.simulation_settings, theirs.simulation_settings)
    if differs:
        got = f"settings.{differs}: got {ours.settings.get(differs)}, the champion {theirs.settings.get(differs)}"
        raise ValueError(f"{ours.name}: {got}: not the same episodes, so nothing to compare in pairs")
