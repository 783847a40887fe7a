"""Facts about names of experiments."""

import subprocess

import pytest

from flows.names import LONGEST, UNCHANGED, name_of


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], UNCHANGED),
        (["train.num_worlds=128"], "num-worlds-128"),
        (["++train.hyperparameters.learning_rate=1e-4"], "learning-rate-1e-4"),
        (["train.hyperparameters.gamma=0.95", "seeds=[0,1]"], "gamma-0.95-seeds-0-1"),
        (["~policies.timid"], "without-timid"),
        (["worlds=[pettingzoo]", "pettingzoo.simulation.module=mpe2.tag"], "worlds-pettingzoo-module-mpe2.tag"),
        (["x.offset=-0.5"], "offset-minus-0.5"),
        (["x.a=..", "x.b=/"], "a-b"),
        (["train.num_worlds=128", f"x.long={'v' * 40}"], "num-worlds-128-1-more"),
        ([f"x.long={'v' * 40}", "x.b=1"], "2-changes"),
    ],
)
def test_an_experiment_is_called_by_what_it_changes(overrides: list[str], name: str) -> None:
    assert name_of(overrides) == name
    assert len(name) <= LONGEST
    asked = subprocess.run(["git", "check-ref-format", f"refs/exps/00/{name}-0a1b2c3d"], check=False)
    assert asked.returncode == 0, "git takes it as an experiment's name"
