"""What an export needs to run, and what made it: a CycloneDX bill of materials, and the licences of what it needs.

https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

BILL, LICENSES = "sbom.cdx.json", "LICENSES.txt"

_RUNS, _MADE = "onnxruntime", "murmuration"
"""What an export needs, and what made it, each with all that it requires."""
_LICENSE_FILES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


def bill_of_materials(name: str, onnx_sha256: str, hashes: dict[str, str]) -> str:
    """CycloneDX 1.6 as JSON; the same policy made by the same libraries gives the same text.

    What it needs to run has the scope `required`; what only made it, `excluded`.

    Args:
        name: of the policy, as the registry has it.
        hashes: of what it was made of, by name.

    Raises:
        ValueError: this project is not installed here.
    """
    needed = _closure(_RUNS)
    all_of_it = needed | _closure(_MADE)
    policy = Component(
        name=name,
        version=hashes["model"],
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=onnx_sha256)],
        properties=[Property(name=f"murmuration:{key}", value=value) for key, value in hashes.items()],
    )
    libraries = {key: _component(key, found, key in needed) for key, found in all_of_it.items()}
    bom = Bom(components=libraries.values(), serial_number=uuid5(NAMESPACE_URL, onnx_sha256 + str(hashes)))
    bom.metadata.component = policy
    bom.metadata.timestamp = None  # type: ignore[assignment]  # equal exports are equal
    bom.register_dependency(policy, [libraries[_RUNS], libraries[_MADE]])
    for key, found in all_of_it.items():
        bom.register_dependency(libraries[key], [libraries[each] for each in _requirements(found) if each in libraries])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def licenses() -> str:
    """Names, versions, licences and their texts of all that an export needs to run."""
    parts = [_license_texts(key, found) for key, found in sorted(_closure(_RUNS).items())]
    return "\n".join([f"What a policy needs to run: {_RUNS} and what that requires.\n", *parts])


def _closure(root: str) -> dict[str, Distribution]:
    """A distribution and all that it requires, extras left out, by normalised names."""
    found: dict[str, Distribution] = {}
    left = [root]
    while left:
        key = left.pop()
        if key not in found:
            found[key] = _installed(key)
            left += _requirements(found[key])
    return found


def _installed(key: str) -> Distribution:
    try:
        return distribution(key)
    except PackageNotFoundError:
        raise ValueError(f"{BILL}: {key} is not installed here, so what made this is not known; `make setup`") from None


def _requirements(found: Distribution) -> list[str]:
    """The normalised names of what a distribution requires here."""
    wanted = [Requirement(line) for line in found.requires or ()]
    return sorted({_key(each.name) for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})})


def _component(key: str, found: Distribution, needed: bool) -> Component:
    return Component(
        name=key,
        version=found.version,
        bom_ref=f"{key}=={found.version}",
        purl=PackageURL("pypi", None, key, found.version),
        scope=ComponentScope.REQUIRED if needed else ComponentScope.EXCLUDED,
        licenses=[LicenseFactory().make_from_string(word) for word in [_license(found)] if word],
    )


def _license(found: Distribution) -> str:
    """As its metadata tells it: an expression, a short field, or a classifier; '' where it tells nothing."""
    told = found.metadata
    for word in (*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ())):
        if word and "\n" not in word:
            return word
    named = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    return " AND ".join(named)


def _license_texts(key: str, found: Distribution) -> str:
    head = f"{'=' * 78}\n{key} {found.version}: {_license(found) or 'licence not told'}\n{'=' * 78}\n"
    texts = list(_texts(found))
    return head + ("\n".join(texts) if texts else "(its package carries no text of it)\n")


def _texts(found: Distribution) -> Iterable[str]:
    for path in found.files or ():
        if path.name.upper().startswith(_LICENSE_FILES) and path.suffix.lower() in ("", ".txt", ".md", ".rst"):
            yield f"--- {path.name}\n{path.read_text(encoding='utf-8').strip()}\n"


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
