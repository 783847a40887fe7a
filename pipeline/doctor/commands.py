"""The command doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from pipeline.doctor.findings import Finding, as_json, as_text, well
from pipeline.ground.paths import PARAMS

commands = typer.Typer()


@commands.command("doctor")
def doctor_command(
    json_: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Examine this machine and the checkout in this folder: what is wrong, and what to do. Status 1 where a fault is.

    It changes nothing.
    """
    findings = list(examine(Path.cwd()))
    print(as_json(findings) if json_ else as_text(findings))
    if any(found.state == "fault" for found in findings):
        raise typer.Exit(1)


def examine(root: Path) -> Iterator[Finding]:
    """The machine, and of a folder that is a checkout, all that can be wrong there."""
    from pipeline.doctor.dvc_state import check_dvc
    from pipeline.doctor.files import check_files
    from pipeline.doctor.machine import check_machine
    from pipeline.doctor.packages import check_lock, check_one_copy, check_plugins, check_requirements
    from pipeline.doctor.repository import check_repository

    yield from check_machine(root)
    yield check_one_copy()
    yield from check_plugins()
    if not ((root / PARAMS).exists() and (root / "dvc.yaml").exists()):
        yield check_requirements()
        yield well("checkout", f"none in {root}: only the machine was examined")
        return
    yield check_lock(root)
    yield from check_repository(root)
    yield from check_files(root)
    yield from check_dvc(root)
