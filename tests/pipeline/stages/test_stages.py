"""Facts about the five stages, run one after the other with a tiny budget."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import Checkout, new_checkout

from envs.airspace.evaluation.figures import headline
from envs.airspace.scenarios.room import SCENARIOS
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.room import SIMULATION
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from pipeline.ground.digests import digest_folder
from pipeline.policies.model_files import read_model
from pipeline.scenarios.proofs import NOT_SOLVED
from pipeline.scenarios.sets import read_sets, read_test_sets
from pipeline.settings.params import read_params
from pipeline.settings.worlds import simulation_settings
from pipeline.stages.scenarios import read_named

REWARDS = [f"reward_{part}" for part in REWARD_PARTS]
EPISODE = ["episode", "scenario", "family", "episode_seed", "num_agents", "steps", "min_separation_nm", "los"]
EPISODE += ["los_pairs", "los_seconds", "arrived_share", "all_arrived", "flight_time_s", *REWARDS, "return"]
RECORDING = ["step", "time_s", "agent", "type", "east_nm", "north_nm", "heading_deg", "tas_kt", "cas_kt"]
RECORDING += ["waypoint_east_nm", "waypoint_north_nm", "separation_nm", "present", "active", "arrived"]
RECORDING += ["action_heading", "action_speed", "applied_heading", "applied_speed"]
RECORDING += ["reported_east_nm", "reported_north_nm", "reported_east_kt", "reported_north_kt", *REWARDS]
SUMMARY = ["set", "scenario", "mode", "seed", "episodes", "los_episodes", "los_rate", "leading", "los_low", "los_high"]
SUMMARY += ["arrived_share", "min_separation_nm", "mean_min_separation_nm", "below_1nm_episodes"]
SUMMARY += ["near_mid_air_episodes", "conflicts", "intrusion_prevention", "los_per_flight_hour", "all_arrived_rate"]
SUMMARY += ["flight_time_s", "path_efficiency", "instructions_per_flight", "oscillation", "at_speed_limit"]
AGREEMENT = ["precision", "recall", "f1", "false_alerts", "missed", "duty_cycle", "lead_time_s", "resolved_share"]
SUMMARY += [f"{variant}_{name}" for variant in ("study", "state_based") for name in AGREEMENT]
SUMMARY += [
    "delay_median_s",
    "delay_99_s",
    "num_agents",
    "length",
    "return_mean",
    "return_low",
    "return_high",
    *REWARDS,
]
SUMMARY += ["domino_effect", "risk_ratio", "extra_track_nm", "extra_fuel_kg", "extra_fuel_share"]
SUMMARY += ["difficulty"]
MODES = {"deterministic": 1, "stochastic": 2, "shielded": 1, "hold": 1, "direct": 1, "mvp": 1, "orca": 1}
"""Who flies, and how often each named scenario."""
APART = {"aircraft_2": 3, "aircraft_3": 3, "density_20": 5, "density_50": 2}
"""Sets that evaluate draws for itself, flown without stochastic episodes, and their episodes."""
BESIDE_SETS = ("shifts", "score", "world", "compared", "tested", "outcomes", "rules")
"""What figures.json holds beside the sets."""
OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http|fetch\(""", re.IGNORECASE)


def read_json(checkout: Checkout, path: str) -> dict:
    return json.loads((checkout.folder / path).read_text())


def test_the_stages_leave_exactly_their_files(finished: Checkout) -> None:
    data = finished.folder / "data"
    made = {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}
    assert made == {
        "begun/airspace/generic.txt",
        "checked/airspace.txt",
        "checked/boards.txt",
        "checked/params.json",
        "checked/pettingzoo.txt",
        "checked/roads.txt",
        "checked/swarm.txt",
        "checked/triangles.txt",
        "custom_scenarios/airspace/rush_hour.json",
        "scenarios/airspace/train/suite/head_on.json",
        "scenarios/airspace/train/suite/chase_3p1.json",
        "scenarios/airspace/train/custom/rush_hour.json",
        "scenarios/airspace/proofs.parquet",
        "scenarios/airspace/train/validation.parquet",
        "scenarios/airspace/test.parquet",
        "scenarios/airspace/test_sets/unseen.parquet",
        "scenarios/airspace/test_sets/unseen.json",
        "scenarios/airspace/test_sets/sector.parquet",
        "scenarios/airspace/test_sets/sector.json",
        "models/airspace/generic/0/network.safetensors",
        "models/airspace/generic/0/weights.safetensors",
        "models/airspace/generic/0/train.log",
        "models/airspace/generic/0/training.csv",
        "models/airspace/generic/0/training.json",
        "evaluation/airspace/generic/0/episodes.parquet",
        "evaluation/airspace/generic/0/events.parquet",
        "evaluation/airspace/generic/0/shifts.parquet",
        "evaluation/airspace/generic/0/shifts.csv",
        "evaluation/airspace/generic/0/memorisation.csv",
        "evaluation/airspace/generic/0/teams.csv",
        "evaluation/airspace/generic/0/curves.csv",
        "evaluation/airspace/generic/0/marl_eval.json",
        "evaluation/airspace/generic/0/recordings.parquet",
        "evaluation/airspace/generic/0/policy.onnx",
        "evaluation/airspace/generic/0/scenarios.csv",
        "evaluation/airspace/generic/0/figures.json",
        "evaluation/airspace/generic/0/metrics.json",
        "export/airspace/generic/policy.onnx",
        "export/airspace/generic/policy.json",
        "export/airspace/generic/origin.json",
        "export/airspace/generic/weights.safetensors",
        "export/airspace/generic/sbom.cdx.json",
        "export/airspace/generic/LICENSES.txt",
        "export/airspace/generic/SHA256SUMS",
        "report/index.html",
        "report/report.md",
        "report/scenarios.html",
        "report/trajectories.png",
    }


def test_scenarios_draws_conflicts_that_training_never_sees(finished: Checkout) -> None:
    sets = read_sets(SIMULATION, finished.folder / "data/scenarios/airspace")
    assert {name: {int(seed >> 62) for seed in seeds} for name, seeds in sets.drawn.items()} == {
        "validation": {1},
        "test": {2},
    }
    table = pd.read_parquet(finished.folder / "data/scenarios/airspace/test.parquet")
    wanted = ["episode_seed", "family", "num_agents", "conflicting", "hold_los", "hold_all_arrived"]
    wanted += ["hold_min_separation_nm", "hold_los_seconds", "hold_closest_s", "hold_pair", "solved", "method", "plan"]
    assert list(table.columns) == [*wanted, "plan_steps", "plan_min_separation_nm", "plan_time_s", "difficulty"]
    assert len(table) == 10
    assert (table["hold_min_separation_nm"] < 5).all()


def test_further_test_sets_come_with_the_airspace_that_they_are_flown_in(finished: Checkout) -> None:
    own = simulation_settings(read_params(finished.folder / "params.yaml"), "airspace")
    sets = read_test_sets(SIMULATION, finished.folder / "data/scenarios/airspace", own)
    assert {name: len(found.seeds) for name, found in sets.items()} == {"sector": 2, "unseen": 4}
    assert {int(seed >> 62) for found in sets.values() for seed in found.seeds} == {2}
    assert own.procedural.held_out.families == ("area",)
    unseen, sector = sets["unseen"].settings, sets["sector"].settings
    assert (unseen.procedural.held_out.families, unseen.procedural.max_aircraft) == ((), 3)
    assert (sector.traffic, sector.episode.max_steps, sector.sector.radius_nm) == ("sector", 40, 15.0)
    assert sector.reward == unseen.reward == own.reward
    tables = {
        name: pd.read_parquet(finished.folder / f"data/scenarios/airspace/test_sets/{name}.parquet") for name in sets
    }
    assert set(tables["unseen"]["family"]) == {"area"}
    assert set(tables["sector"]["family"]) == {"sector"}
    assert np.isnan(sets["sector"].difficulty)
    assert sets["unseen"].difficulty == tables["unseen"]["difficulty"].mean()
    for name, found in sets.items():
        airspace = Space(SIMULATION, found.settings, (), 1.0)
        again = play(airspace, Episodes.drawn(found.seeds), Nothing()).episodes
        assert again["min_separation_nm"].tolist() == tables[name]["hold_min_separation_nm"].tolist()


def test_every_named_scenario_has_a_proof_or_is_said_to_have_none(finished: Checkout) -> None:
    proofs = pd.read_parquet(finished.folder / "data/scenarios/airspace/proofs.parquet")
    assert proofs["scenario"].tolist() == ["head_on", "chase_3p1", "rush_hour"]
    assert proofs["conflicting"].tolist() == proofs["hold_los"].tolist() == [True, False, True]
    assert (proofs["plan"] == "").tolist() == (proofs["method"] == NOT_SOLVED).tolist() == (~proofs["solved"]).tolist()


def test_what_training_reads_does_not_depend_on_tests(
    finished: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = new_checkout(tmp_path_factory.mktemp("other_tests"))
    other.change({"scenarios.test.num_episodes": 3, "airspace.scenarios.test_sets": {}})
    other.run_well("scenarios")
    here, there = (folder / "data/scenarios/airspace" for folder in (finished.folder, other.folder))
    assert digest_folder(there / "train") == digest_folder(here / "train")
    assert len(pd.read_parquet(there / "test.parquet")) == 3
    assert sorted(path.name for path in there.iterdir()) == ["proofs.parquet", "test.parquet", "train"]


def test_a_world_may_have_no_hand_written_scenarios(tmp_path: Path) -> None:
    suite, custom = read_named(SIMULATION, SCENARIOS, ("head_on",), tmp_path / "custom_scenarios/airspace")
    assert (list(suite), custom) == (["head_on"], {})


def test_difficulty_stands_beside_the_figures(finished: Checkout) -> None:
    proofs = pd.read_parquet(finished.folder / "data/scenarios/airspace/proofs.parquet").set_index("scenario")[
        "difficulty"
    ]
    drawn = pd.read_parquet(finished.folder / "data/scenarios/airspace/test.parquet")["difficulty"]
    table = pd.read_csv(finished.folder / "data/evaluation/airspace/generic/0/scenarios.csv")
    table = table.set_index(["set", "scenario"])["difficulty"].sort_index()
    for name in proofs.index:
        assert table[:, name].to_numpy() == pytest.approx(proofs[name])
    assert table["test", "procedural"].to_numpy() == pytest.approx(drawn.mean())
    assert table["sector", "procedural"].isna().all()


def test_train_leaves_a_learning_curve_from_step_0_and_figures(finished: Checkout) -> None:
    curve = pd.read_csv(finished.folder / "data/models/airspace/generic/0/training.csv")
    columns = [
        "agent_steps",
        "world_steps",
        "los_rate",
        "arrived_share",
        "min_separation_nm",
        "mean_return",
        "solved_share",
        "least_return",
        "largest_return",
        "mean_length",
        "flawless",
        "training_return",
        "training_length",
        "seconds",
    ]
    assert list(curve.columns) == columns
    assert curve["agent_steps"].iloc[0] == 0
    assert curve["agent_steps"].iloc[-1] >= 4000
    assert curve["agent_steps"].is_monotonic_increasing
    figures = finished.training()
    assert figures["stopped_because"] == "all 4,000 agent-steps done"
    assert (figures["resumed"], figures["policy"], figures["seed"]) == (0, "generic", 0)
    assert figures["hyperparameters"].items() >= {"n_steps": 16, "batch_size": 256}.items()
    assert figures["agent_steps"] == curve["agent_steps"].iloc[-1]


def test_the_kept_policy_is_the_one_of_the_best_validation(finished: Checkout) -> None:
    curve, figures = pd.read_csv(finished.folder / "data/models/airspace/generic/0/training.csv"), finished.training()
    scores = list(zip(curve["arrived_share"] - curve["los_rate"], curve["mean_return"], strict=True))
    best = scores.index(max(scores))
    assert figures["best_agent_steps"] == curve["agent_steps"][best]
    assert figures["validation"]["mean_return"] == pytest.approx(curve["mean_return"][best])


def test_a_finished_training_leaves_no_checkpoint(finished: Checkout) -> None:
    assert [path for path in (finished.folder / "checkpoints").iterdir() if path.suffix != ".lock"] == []


def test_evaluate_plays_every_set_in_every_mode(finished: Checkout) -> None:
    table = pd.read_parquet(finished.folder / "data/evaluation/airspace/generic/0/episodes.parquet")
    assert list(table.columns)[: len(EPISODE)] == EPISODE
    assert table.columns.is_unique
    assert {"track_nm", "instructions", "study_f1", "state_based_f1", "conflicts_los", "set", "mode"} < set(table)
    counts = table.groupby(["set", "mode"]).size().to_dict()
    named = {(kind, mode): n * count for kind, n in (("suite", 2), ("custom", 1)) for mode, count in MODES.items()}
    drawn = {(kind, mode): n for kind, n in (("test", 10), ("unseen", 4), ("sector", 2)) for mode in MODES}
    apart = {(name, mode): n for name, n in APART.items() for mode in MODES if mode != "stochastic"}
    assert counts == named | drawn | apart
    assert (table["los"] == (table["min_separation_nm"] < 5)).all()
    assert table["return"].to_numpy() == pytest.approx(table[REWARDS].sum(axis=1).to_numpy())


def test_holding_course_loses_separation_in_every_test_episode(finished: Checkout) -> None:
    table = pd.read_parquet(finished.folder / "data/evaluation/airspace/generic/0/episodes.parquet")
    assert table[(table["set"] == "test") & (table["mode"] == "hold")]["los"].all()


def test_all_contestants_play_the_same_drawn_episodes(finished: Checkout) -> None:
    table = pd.read_parquet(finished.folder / "data/evaluation/airspace/generic/0/episodes.parquet")
    drawn = table[table["set"] == "test"].groupby("mode")["episode_seed"].apply(list)
    assert all(seeds == drawn["hold"] for seeds in drawn)


def test_every_event_belongs_to_an_episode_that_counts_it(finished: Checkout) -> None:
    folder, keys = finished.folder / "data/evaluation/airspace/generic/0", ["set", "mode", "episode"]
    events = pd.read_parquet(folder / "events.parquet")
    episodes = pd.concat([pd.read_parquet(folder / f"{name}.parquet") for name in ("episodes", "shifts")])
    counted = episodes.set_index(keys)["conflicts"]
    assert events.groupby(keys).size().to_dict() == counted[counted > 0].to_dict()


def test_evaluate_leaves_a_curve_over_density_and_one_over_the_number_of_aircraft(finished: Checkout) -> None:
    folder = finished.folder / "data/evaluation/airspace/generic/0"
    episodes = pd.read_parquet(folder / "episodes.parquet")
    table = pd.read_csv(folder / "curves.csv")
    places = {axis: sorted(set(rows["place"])) for axis, rows in table.groupby("axis")}
    assert places == {"aircraft": [2.0, 3.0], "density": [20.0, 50.0]}
    assert (
        table.groupby(["axis", "place"])["mode"].apply(list).tolist()
        == [["deterministic", "shielded", "hold", "direct", "mvp", "orca"]] * 4
    )
    value = table.set_index(["axis", "place", "mode", "figure"])["value"]
    flown = episodes[(episodes["set"] == "density_50") & (episodes["mode"] == "hold")]
    losses = flown["los_pairs"].sum() / flown["flight_hours"].sum()
    assert value["density", 50.0, "hold", "los_per_flight_hour"] == pytest.approx(losses)
    flown = episodes[(episodes["set"] == "aircraft_3") & (episodes["mode"] == "deterministic")]
    assert value["aircraft", 3.0, "deterministic", "los_rate"] == pytest.approx(flown["los"].mean())


def test_with_nobody_of_the_policy_or_with_all_a_team_is_as_flown_alone(finished: Checkout) -> None:
    folder = finished.folder / "data/evaluation/airspace/generic/0"
    table = pd.read_csv(folder / "teams.csv").set_index(["others", "share"])["los_episodes"]
    episodes = pd.read_parquet(folder / "episodes.parquet")
    first = episodes[(episodes["set"] == "test") & (episodes["episode"] < 5)].groupby("mode")["los"].sum()
    assert [table[mode, 0.0] for mode in ("hold", "mvp")] == [first["hold"], first["mvp"]]
    assert [table[mode, 1.0] for mode in ("hold", "mvp")] == [first["deterministic"]] * 2


def test_every_shift_is_played_by_every_contestant_or_left_out(finished: Checkout) -> None:
    table = pd.read_csv(finished.folder / "data/evaluation/airspace/generic/0/shifts.csv")
    shifts = table.groupby("mode").size()
    assert shifts.index.sort_values().tolist() == sorted(MODES)
    assert shifts.nunique() == 1
    assert (table["episodes"] + table["left_out"] == 1).all()  # of the one scenario
    bands = read_json(finished, "data/evaluation/airspace/generic/0/figures.json")["shifts"]
    assert all(set(found) == {"none", "micro", "macro"} for found in bands.values())


def test_evaluate_records_named_scenarios_and_the_worst_drawn_episodes(finished: Checkout) -> None:
    folder = finished.folder / "data/evaluation/airspace/generic/0"
    recordings, episodes = pd.read_parquet(folder / "recordings.parquet"), pd.read_parquet(folder / "episodes.parquet")
    assert list(recordings.columns) == [*RECORDING, "set", "mode", "scenario", "episode"]
    assert set(recordings["scenario"]) == {"head_on", "chase_3p1", "rush_hour", "procedural"}
    flown = episodes[(episodes["set"] == "test") & (episodes["mode"] == "deterministic")]
    worst = flown.nsmallest(6, "min_separation_nm")
    recorded = recordings[recordings["set"] == "test"]
    assert set(recorded["episode"]) == set(worst["episode"])
    smallest = recorded[recorded["active"]].groupby("episode")["separation_nm"].min()
    assert (smallest >= worst.set_index("episode")["min_separation_nm"][smallest.index] - 1e-9).all()


def test_evaluate_summarises_by_scenario_and_in_metrics(finished: Checkout) -> None:
    table = pd.read_csv(finished.folder / "data/evaluation/airspace/generic/0/scenarios.csv")
    assert list(table.columns) == SUMMARY
    assert len(table) == (2 + 1 + 3) * len(MODES) + len(APART) * (len(MODES) - 1)
    single = table[table["episodes"] == 1]
    assert single[["los_low", "los_high"]].isna().all(axis=None)
    sets = read_json(finished, "data/evaluation/airspace/generic/0/figures.json")
    assert set(sets) == {"suite", "custom", "test", "unseen", "sector", *APART, *BESIDE_SETS}
    for name, modes in ((name, sets[name]) for name in sets if name not in BESIDE_SETS):
        assert list(modes) == [mode for mode in MODES if mode != "stochastic" or name not in APART]
        for figures in modes.values():
            assert set(figures) == {"scenarios", "solved", *SUMMARY[4:-1]}
    assert sets["test"]["hold"]["los_rate"] == 1.0
    assert (sets["world"], sets["outcomes"][0]["name"], list(sets["rules"])) == ("airspace", "los", ["orca", "hold"])
    assert list(sets["compared"])[:3] == ["los", "arrived_share", "min_separation_nm"]
    assert read_json(finished, "data/evaluation/airspace/generic/0/metrics.json") == headline(sets)


def test_what_is_exported_is_what_was_evaluated(finished: Checkout) -> None:
    data = finished.folder / "data"
    exported = (data / "export/airspace/generic/policy.onnx").read_bytes()
    assert exported == (data / "evaluation/airspace/generic/0/policy.onnx").read_bytes()


@pytest.mark.long
def test_evaluation_does_not_depend_on_how_many_worlds_or_threads_fly_together(
    finished: Checkout, checkout: Checkout
) -> None:
    checkout.change({"evaluate.worlds_per_block": 3, "evaluate.environment_threads": 2})
    checkout.run_well("evaluate")
    place = "data/evaluation/airspace/generic/0"
    again = sorted((checkout.folder / place).iterdir())
    assert [path.name for path in again] == sorted(path.name for path in (finished.folder / place).iterdir())
    for path in again:
        assert path.read_bytes() == (finished.folder / place / path.name).read_bytes(), path.name


def test_export_describes_all_that_flying_needs(finished: Checkout) -> None:
    described = read_json(finished, "data/export/airspace/generic/policy.json")
    keys = {"format", "name", "world", "observation", "action", "squashing", "decision_interval_s", "discount"}
    keys |= {"units", "settings", "training", "evaluation", "selection", "parity", "hashes", "memory_size"}
    keys |= {"not_finite", "tested"}
    assert set(described) == keys
    assert described["hashes"]["model"] == finished.training()["model_hash"]
    figures = read_json(finished, "data/evaluation/airspace/generic/0/figures.json")
    assert described["tested"]["ranges"] == figures.pop("tested")
    assert described["evaluation"] == figures
    assert described["settings"]["episode"]["max_steps"] == 30
    assert 0 <= described["parity"]["largest_difference"] <= 1e-5


def test_the_report_is_one_page_that_loads_nothing(finished: Checkout) -> None:
    page = (finished.folder / "data/report/index.html").read_text()
    assert OUTSIDE.search(page) is None
    assert page.count("</html>") == 1
    assert finished.training()["model_hash"] in page
    assert all(name in page for name in ("head_on", "chase_3p1", "rush_hour"))
    assert (finished.folder / "data/report/trajectories.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_about_scenarios_shows_every_named_one_and_loads_nothing(finished: Checkout) -> None:
    page = (finished.folder / "data/report/scenarios.html").read_text()
    assert OUTSIDE.search(page) is None
    assert page.count("<svg") == 3
    assert all(f'<th scope="row">{name}</th>' in page for name in ("head_on", "chase_3p1", "rush_hour"))
    assert [f"Drawn: {name}" in page for name in ("validation", "test", "unseen", "sector")] == [True] * 4


def test_the_first_screen_says_compared_with_what_and_where_it_fails(finished: Checkout) -> None:
    """In the page, and as text for pull requests with the same figures."""
    page, text = ((finished.folder / "data/report" / name).read_text() for name in ("index.html", "report.md"))
    first = page[: page.index("<h2>Scenarios</h2>")]
    for words in ("Compared with what", "Where it fails", "How close it gets", "Shifts", "Model card", "mvp", "orca"):
        assert words in first
    rate = read_json(finished, "data/evaluation/airspace/generic/0/figures.json")["test"]["mvp"]["los_rate"]
    row = next(line for line in text.splitlines() if line.startswith("| mvp"))
    assert f" {100 * rate:.3g}\N{NO-BREAK SPACE}%" in row.split("|")[3]
    assert finished.folder.name not in text


@pytest.mark.long
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(finished: Checkout, checkout: Checkout) -> None:
    trained = checkout.folder / "data/models/airspace/generic"
    for seed in ("0", "1"):
        outcome = checkout.run("train", "airspace", "generic", seed)
        assert outcome.status == 0, outcome.said
    first, again, other = (
        read_model(folder).network.state_dict()
        for folder in (finished.folder / "data/models/airspace/generic/0", trained / "0", trained / "1")
    )
    assert all(torch.equal(first[name], again[name]) for name in first | again)
    assert checkout.learning_curve().equals(finished.learning_curve())
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_stages_draw_the_same_scenarios_twice(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> None:
    again = new_checkout(tmp_path_factory.mktemp("again"))
    again.run_well("scenarios")
    for name in ("train/validation", "test"):
        path = f"data/scenarios/airspace/{name}.parquet"
        pd.testing.assert_frame_equal(pd.read_parquet(finished.folder / path), pd.read_parquet(again.folder / path))
    written = [folder / "data/scenarios/airspace/proofs.parquet" for folder in (finished.folder, again.folder)]
    assert written[0].read_bytes() == written[1].read_bytes()
