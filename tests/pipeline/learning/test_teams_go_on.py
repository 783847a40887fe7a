"""Teams through the stages: a critic that sees its team, against a pool of ages and rules; killed, and gone on with."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout, new_checkout

from tests.envs.swarm.small_swarm import SMALL

OURS = ("swarm", "generic", "0")
TEAMS: dict[str, Any] = {
    **SMALL,
    "swarm.train": {
        "simulation": {"opponent": {"kind": "self"}},
        "algorithm": "mappo",
        "hyperparameters": {"n_steps": 16, "critic_sees": "team", "policy_kwargs": {"net_arch": [8]}},
        "keep_policies": 2,
        "self_play": {"window": 2, "swap_steps": 500, "latest_share": 0.4, "rules": ["forage", "guard"]},
    },
}


def networks(checkout: Checkout) -> dict[str, bytes]:
    """The last policies that were kept while it learned, by file."""
    folder = checkout.folder / "data/models/swarm/generic/0/ages"
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.safetensors"))}


@pytest.mark.long
def test_after_sigkill_a_team_goes_on_against_the_same_pool_to_the_same_weights(tmp_path: Path) -> None:
    whole = new_checkout(tmp_path / "whole")
    whole.change(TEAMS)
    for stage, arguments in (("check", ()), ("scenarios", ("swarm",)), ("train", OURS)):
        outcome = whole.run(stage, *arguments)
        assert outcome.status == 0, f"{stage}: {outcome.said}"
    again = whole.copy(tmp_path / "again")
    running = again.start("train", *OURS)
    running.wait_for(lambda: bool(again.checkpoints()))
    running.signal(signal.SIGKILL)
    assert running.outcome().status == -signal.SIGKILL
    outcome = again.run("train", *OURS)
    assert "goes on from" in outcome.said
    assert len(set(networks(whole).values())) == 2
    assert networks(again) == networks(whole)
