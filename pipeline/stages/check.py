"""Stage check: refuse whatever params.yaml has wrong, anywhere in it, before any other stage deletes what it made.

DVC removes a stage's outputs before it runs its command; this one goes first, and its output says the same for ever.
Usage: python -m pipeline.stages.check.
"""

from __future__ import annotations

from pipeline.algorithms.table import check_algorithm
from pipeline.ground import files
from pipeline.ground.checks import known
from pipeline.ground.paths import CHECKED, PARAMS
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import check_all


def main() -> None:
    """Read and check everything, and write data/checked.txt."""
    files.words("", "")
    params = read_params(PARAMS)
    check_all(params, str(PARAMS))
    known(params.tune.policy, params.policies, f"{PARAMS}: tune.policy")
    for world in params.sections:
        for policy in params.policies:
            train = train_settings(params, world, policy, str(PARAMS))
            check_algorithm(train.algorithm, train.hyperparameters, f"{PARAMS}: policies.{policy}")
    files.write_text(CHECKED, f"{PARAMS} has been checked\n")


if __name__ == "__main__":
    files.run(main)
