"""The room of evaluation on drawn junctions: what is recorded, measured, named and drawn."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import ROOT

from envs.ground.columns import columns_of
from envs.ground.play import Episodes, Space
from envs.roads.baselines.room import BASELINES
from envs.roads.evaluation.drive import LOST
from envs.roads.evaluation.recorder import DriveRecorder
from envs.roads.evaluation.room import EVALUATION
from envs.roads.evaluation.shift_settings import ShiftFamily
from envs.roads.simulation.room import OUTCOMES, SIMULATION
from envs.roads.simulation.settings import RoadsSettings
from pipeline.evaluation.measuring import Contestant, MeasuredPlay, play_measured
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings

PARAMS = read_params(ROOT / "params.yaml")
WANTED = evaluation_settings(PARAMS, "roads")
RULES = BASELINES.make(baselines_settings(PARAMS, "roads"))
ROADS = RoadsSettings.from_values({"num_roads": 12, "cars": {"min_cars": 3, "max_cars": 6}})
SEEDS = np.arange(12, dtype=np.uint64)


def measured(rule: str, worlds_per_block: int = 512) -> MeasuredPlay:
    space = Space(SIMULATION, ROADS)
    return play_measured(space, Episodes.drawn(SEEDS), Contestant(rule, RULES[rule]), EVALUATION, worlds_per_block)


@pytest.fixture(scope="module")
def held() -> MeasuredPlay:
    return measured("hold")


def test_what_is_measured_agrees_with_what_the_simulation_tells(held: MeasuredPlay) -> None:
    episodes = held.episodes
    assert ((episodes["num_lost"] > 0) == episodes["failed"]).all()
    assert (episodes["entered"] + episodes["blocked"] <= episodes["num_agents"]).all()
    np.testing.assert_allclose(episodes["num_arrived"] / episodes["num_agents"], episodes["arrived"])
    assert len(held.events) == episodes["entered"].sum()
    assert held.events["lost"].sum() == episodes["num_lost"].sum() > 0


def test_blocks_of_one_measure_the_same(held: MeasuredPlay) -> None:
    alone = measured("hold", 1).episodes
    for name in ("vmax_score", "nuplan_score", "min_ttc_s", "delay_s", "vehicle_hours", "arm_hours"):
        np.testing.assert_array_equal(alone[name], held.episodes[name])


def test_nobody_gets_further_than_alone_but_for_what_it_drives_too_fast(held: MeasuredPlay) -> None:
    """Drawn speeds are below limits, but not below what bends allow; hold keeps them, so its delays may be below 0."""
    reserved = measured("reserve").events
    delays = reserved["delay_s"].dropna()
    assert len(delays) > 30
    assert delays.min() > -1.0
    assert delays.median() < 10.0
    assert held.events["progress"].between(0.0, 1.0).all()


def test_every_figure_that_tables_show_is_found_and_named(held: MeasuredPlay) -> None:
    columns = columns_of(held.episodes)
    beside = {f"{name}_of_{rule}": columns[name] for name in EVALUATION.counted for rule in EVALUATION.references}
    found = EVALUATION.rates(columns) | EVALUATION.against(columns | beside)
    found |= dict.fromkeys(EVALUATION.quantiles, 0.0) | {outcome.figure: 0.0 for outcome in OUTCOMES}
    named = {figure.name for figure in EVALUATION.figures} | {outcome.figure for outcome in OUTCOMES}
    for figures in EVALUATION.tables.values():
        assert set(figures) <= {*found, *held.episodes.columns}
        assert set(figures) - {"min_ttc_s", "min_pet_s"} <= named
    assert found["risk_ratio"] == 1.0
    assert set(EVALUATION.ratios(columns | beside)) <= set(found)
    assert set(EVALUATION.columns) <= set(held.episodes.columns)


def test_axes_draw_so_many_cars_at_such_a_flow() -> None:
    cars, flow = EVALUATION.axes(ROADS, WANTED)
    assert [own.cars.max_cars for own, _ in cars.sets.values()] == list(WANTED.numbers.num_cars)
    assert [own.cars.flow_per_h.low for own, _ in flow.sets.values()] == list(WANTED.flow.flows_per_h)
    assert {own.cars.min_cars for own, _ in flow.sets.values()} == {WANTED.flow.num_cars}


def test_a_flow_that_nobody_can_draw_is_refused_by_name() -> None:
    narrow = ROADS.model_dump(mode="json")
    wrong = WANTED.model_copy(update={"flow": WANTED.flow.model_copy(update={"flows_per_h": (-1.0,)})})
    with pytest.raises(ValueError, match=r"^flow\.flows_per_h -1: "):
        EVALUATION.axes(RoadsSettings.from_values(narrow), wrong)


def test_shifts_of_what_nobody_knows_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown 'fog'"):
        ShiftFamily(changes="fog", micro=(), macro=(1.0,), cars=("all",))
    with pytest.raises(ValueError, match="macro: got -1"):
        ShiftFamily(changes="position_noise_m", micro=(), macro=(-1.0,), cars=("all",))


def test_a_car_that_heeds_nothing_is_laid_out_first_of_all_cars() -> None:
    from envs.roads.scenarios.room import SCENARIOS

    named = SCENARIOS.suite()
    shifted = EVALUATION.shifted(Space(SIMULATION, ROADS), WANTED, named, 0)
    assert shifted is not None
    columns = shifted.columns
    assert (columns["shift_family"] == "none").sum() == len(WANTED.shifts.scenarios)
    deaf = columns[columns["shift_family"] == "not_responding"]
    assert deaf["shifted"].unique().tolist() == ["first"]
    assert len(shifted.episodes) == len(columns)
    batch = shifted.space.batch(len(columns))
    batch.begin(np.arange(len(columns)), shifted.episodes.scenario, shifted.episodes.seed, shifted.episodes.shift)
    assert not batch.worlds.responds[deaf.index, 0].any()
    assert batch.worlds.responds[deaf.index, 1].all()


def test_the_recorder_keeps_who_was_lost() -> None:
    batch = Space(SIMULATION, ROADS).batch(12)
    batch.begin(np.arange(12), np.full(12, -1), SEEDS)
    recorder, rule = DriveRecorder(batch), RULES["hold"]
    recorder.keep()
    rule.begin(batch, 0)
    while not batch.done.all():
        batch.step(rule.steer(batch, None))
        recorder.keep()
    drive = recorder.drive()
    assert np.isin(drive.status, LOST).sum() == np.isin(batch.worlds.status, LOST).sum()
    assert (drive.free_m[1:] >= drive.free_m[:-1]).all()
    np.testing.assert_array_equal(drive.entered, batch.worlds.entered_step[:, : drive.num_slots] >= 0)


def test_sentences_say_what_is_drawn_and_shifted() -> None:
    assert EVALUATION.envelope(ROADS).startswith("3 to 6 cars of ")
    assert "not_responding False" in EVALUATION.shifts_told(WANTED)
    assert EVALUATION.gates(WANTED) == "fewer than 0.02 of cars lost in unseen junctions"
