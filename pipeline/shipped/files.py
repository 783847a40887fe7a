"""Where the files lie that come along."""

from __future__ import annotations

from pathlib import Path

from pipeline.ground.paths import ONNX, PARAMS

_HERE = Path(__file__).resolve().parent
SHIPPED_PARAMS = (_HERE / "params.yaml").resolve()
"""Every value as it came; in a checkout the file at its root."""
_CHAMPIONS = _HERE / "champions"
_POLICY = "generic"


def params_here() -> Path:
    """params.yaml of the working folder, or where there is none the one that comes along."""
    return PARAMS if PARAMS.is_file() else SHIPPED_PARAMS


def shipped_policy(world: str) -> Path:
    """The folder of the policy that comes along for a world: policy.onnx, policy.json, origin.json.

    Raises:
        ValueError: none comes along for this world.
    """
    folder = _CHAMPIONS / world / _POLICY
    if not (folder / ONNX).is_file():
        wish = f"wanted one of {', '.join(shipped_worlds())}" if shipped_worlds() else "none comes along for any"
        raise ValueError(f"world: no policy comes along for {world!r}, {wish}; name an exported one")
    return folder


def policy_at(path: Path) -> Path:
    """The exported policy at a path, or where nothing is there, the one that comes along for a world of that name."""
    return path if path.exists() or str(path) not in shipped_worlds() else shipped_policy(str(path))


def shipped_worlds() -> tuple[str, ...]:
    """The worlds for which a policy comes along."""
    return tuple(sorted(path.parents[1].name for path in _CHAMPIONS.glob(f"*/{_POLICY}/{ONNX}")))
