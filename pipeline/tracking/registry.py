"""The registered policies, and which of them is accepted."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from pipeline.tracking.place import tracking_uri
from pipeline.tracking.store import connect, first_line, told

CHAMPION = "champion"
"""The alias of the accepted version of a registered policy."""

_MODEL_HASH, _PARTS = "model_hash", "parts"


class Version(NamedTuple):
    """A policy in MLflow's registry."""

    policy: str
    number: int
    model_hash: str
    source: str
    """Where its files are, as an address."""

    def folder(self) -> Path:
        """Its files on this machine: policy.onnx, policy.json and what else was exported.

        Raises:
            ValueError: they are not where MLflow says.
        """
        try:
            return Path(download_artifacts(artifact_uri=self.source, tracking_uri=tracking_uri()))
        except (MlflowException, OSError) as error:
            found = f"{self.policy}, version {self.number}: no files at {self.source}"
            raise ValueError(f"{tracking_uri()}: {found} ({first_line(error)})") from None


def register(policy: str, model_hash: str, parts: str, run_id: str) -> Version:
    """The registered version with these weights and files; a new one, of the run `run_id`, where there is none.

    Args:
        parts: the sum of the export's SHA256SUMS: the same weights may be exported again, with other figures.

    Raises:
        ValueError: MLflow does not answer, or refuses.
    """
    client = connect()
    with told():
        try:
            client.create_registered_model(policy)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        for known in client.search_model_versions(f"name = '{policy}'"):
            if (known.tags.get(_MODEL_HASH), known.tags.get(_PARTS)) == (model_hash, parts):
                return _version(known)
        source, tags = client.get_run(run_id).info.artifact_uri, {_MODEL_HASH: model_hash, _PARTS: parts}
        return _version(client.create_model_version(policy, source, run_id, tags=tags))


def champion(policy: str) -> Version | None:
    """The accepted version of a policy; None where none was ever accepted.

    Raises:
        ValueError: MLflow does not answer, or refuses.
    """
    client = connect()
    with told():
        try:
            return _version(client.get_model_version_by_alias(policy, CHAMPION))
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # no policy, or no alias
                raise
            return None


def version(policy: str, number: int) -> Version:
    """A registered version.

    Raises:
        ValueError: MLflow has no such version, or does not answer.
    """
    client = connect()
    with told():
        return _version(client.get_model_version(policy, str(number)))


def crown(policy: str, number: int) -> None:
    """Make a version the accepted one.

    Raises:
        ValueError: MLflow has no such version.
    """
    try:
        connect().set_registered_model_alias(policy, CHAMPION, str(number))
    except MlflowException as error:
        raise ValueError(f"{tracking_uri()}: {policy}, version {number}: {first_line(error)}") from None


def _version(found: ModelVersion) -> Version:
    return Version(found.name, int(found.version), found.tags[_MODEL_HASH], str(found.source))
