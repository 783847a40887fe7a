"""Facts about the test of memorisation: what a contestant makes of variants of named scenarios."""

from __future__ import annotations

from conftest import ROOT

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Space
from envs.ground.steering import Nothing
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.measuring import Contestant
from pipeline.evaluation.memorisation import COLUMNS, memorisation
from pipeline.settings.params import read_params
from pipeline.settings.worlds import evaluation_settings

PARAMS = read_params(ROOT / "params.yaml")
SPACE = Space(SIMULATION, AirspaceSettings(), (), 0.97)
AIRSPACE = Judged.of("airspace", SPACE.settings)
EVALUATE = PARAMS.evaluate.model_copy(update={"memorisation_variants": 20})
OWN = evaluation_settings(PARAMS, "airspace").model_copy(update={"jitter_nm": 1.0})
HOLD = Contestant("hold", Nothing())


def test_the_worst_variant_is_reported() -> None:
    """Nobody acts: head-on still loses separation when starts move by 1 NM; in chase_2x2, 12 NM apart, never."""
    scenarios = [SUITE["head_on"], SUITE["chase_2x2"]]
    table = memorisation(SPACE, scenarios, HOLD, AIRSPACE, OWN, EVALUATE)
    rows = table.set_index("scenario")
    assert rows["los_episodes"].to_dict() == {"head_on": 20, "chase_2x2": 0}
    assert rows["leading"].to_dict() == {"head_on": 1.0, "chase_2x2": 0.0}
    assert rows.loc["head_on", "min_separation_nm"] < 1.0
    assert rows.loc["chase_2x2", "min_separation_nm"] > 4.0
    assert rows["worst_change"].str.startswith("turned by").all()
    assert table.equals(memorisation(SPACE, scenarios, HOLD, AIRSPACE, OWN, EVALUATE))


def test_a_world_without_named_scenarios_has_the_columns() -> None:
    table = memorisation(SPACE, [], HOLD, AIRSPACE, OWN, EVALUATE)
    assert (len(table), tuple(table.columns)) == (0, COLUMNS)
