"""Facts about an export's bill of materials: it keeps CycloneDX's schema, and names what is needed and what made it."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="module")
def export(finished: Checkout) -> Path:
    return finished.folder / "data/export/airspace/generic"


@pytest.fixture(scope="module")
def bill(export: Path) -> dict[str, Any]:
    return json.loads((export / "sbom.cdx.json").read_text())


def test_it_keeps_the_schema(export: Path) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str((export / "sbom.cdx.json").read_text()) is None


def test_it_is_about_this_policy(bill: dict[str, Any], export: Path) -> None:
    policy, hashes = bill["metadata"]["component"], json.loads((export / "policy.json").read_text())["hashes"]
    assert (policy["name"], policy["version"]) == ("airspace-generic", hashes["model"])
    assert {each["name"]: each["value"] for each in policy["properties"]} == {
        f"murmuration:{name}": value for name, value in hashes.items()
    }
    [digest] = policy["hashes"]
    assert f"{digest['content']}  policy.onnx" in (export / "SHA256SUMS").read_text()


def test_it_tells_what_runs_a_policy_from_what_made_it(bill: dict[str, Any]) -> None:
    scopes = {each["name"]: each["scope"] for each in bill["components"]}
    needed = {name for name, scope in scopes.items() if scope == "required"}
    assert needed == {"onnxruntime", "numpy", "flatbuffers", "packaging", "protobuf"}
    assert scopes["torch"] == scopes["stable-baselines3"] == scopes["murmuration"] == "excluded"
    versions = {each["name"]: each["version"] for each in bill["components"]}
    assert versions["numpy"] == version("numpy")
    known = {each["bom-ref"] for each in bill["components"]} | {"airspace-generic"}
    assert {each["ref"] for each in bill["dependencies"]} == known


def test_licences_of_what_it_needs_stand_beside_it(export: Path) -> None:
    text = (export / "LICENSES.txt").read_text()
    assert f"onnxruntime {version('onnxruntime')}: MIT License" in text
    assert "Copyright (c) Microsoft Corporation" in text
    assert f"numpy {version('numpy')}: BSD-3-Clause" in text
    assert "torch" not in {line.split(" ")[0] for line in text.splitlines()}
