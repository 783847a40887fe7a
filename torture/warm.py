"""Programs that start at once: a server that has imported the heavy libraries forks for each program.

A dvc that was forked forks its stages itself, so that they are its children, as elsewhere. Our own code is imported by
each anew, from the checkout it works in. Who kills the program on whose behalf one runs ends it and what it started.
Kinds whose users or homes matter start cold.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NoReturn

from torture import shim

PROGRAMS = ("dvc", "python")
SYNCED = "TORTURE_SYNCED"
"""A variable that names a file; it gets number and last change of each file that a program has the disk sync."""
DVC_PID = "TORTURE_DVC_PID"
"""A variable that names a file; it gets the process number of the dvc that was asked for."""
_IMPORTED = (
    *("dvc.cli", "dvc.repo.reproduce", "dvc.repo.status", "dvc.commands.repro", "dvc.commands.status"),
    *("dvc.stage.run", "dvc.stage.cache", "dvc.dvcfile", "dvc_data.hashfile.build", "dvc.scm", "dvc.lock"),
    *("torch._dynamo", "torch.onnx", "safetensors.torch", "stable_baselines3", "sb3_contrib", "supersuit", "numba"),
    *("mlflow.store.tracking.sqlalchemy_store", "mlflow.onnx", "onnx", "onnxruntime", "optuna", "pandas", "openap"),
    *("pyarrow.parquet", "scipy.stats", "scipy.optimize", "matplotlib.figure", "rich.progress", "ruamel.yaml"),
)


@contextmanager
def warm_programs(more: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A server with its programs, and what to add to an environment so that they are found there.

    Args:
        more: variables of the server itself, for what is read when a library is loaded.
    """
    folder = Path(mkdtemp(prefix="torture-"))
    for name in PROGRAMS:
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{shim.__file__}" {name} "$@"\n')
        program.chmod(0o755)
    words = (sys.executable, "-m", "torture.warm", str(folder / "socket"))
    server = subprocess.Popen(words, env={**os.environ, **more}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        server.stdout.readline()
        path = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        yield {"PATH": path, shim.ADDRESS: str(folder / "socket")}
    finally:
        server.stdin.close()
        server.wait()
        shutil.rmtree(folder)


def main() -> None:
    """Serve until nobody holds the other end of stdin; in a fork, be the program that was asked for."""
    path = Path(sys.argv[1])
    for name in _IMPORTED:
        with suppress(ImportError):
            importlib.import_module(name)
    asked = _serve(path)
    if asked is not None:
        _end(_status(asked))


def _note_syncs(path: Path) -> None:
    sync = os.fsync

    def noting(file: Any) -> None:
        sync(file)
        found = os.fstat(file if isinstance(file, int) else file.fileno())
        with path.open("a") as notes:
            notes.write(f"[{found.st_ino}, {found.st_mtime_ns}]\n")

    os.fsync = noting


def _status(asked: Mapping[str, Any]) -> int:
    """Be a program to its end; its status as an interpreter would tell it."""
    try:
        return _become(asked)
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does with what nobody has caught
        traceback.print_exc()
        return 1


def _end(status: int) -> NoReturn:
    """What Python does at its end; not what C++ does, whose threads a fork does not have."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _serve(path: Path) -> dict[str, Any] | None:
    """None at the end; in a fork what it has to become."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return None
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _keep(connection)
        connection.close()


def _keep(connection: socket.socket) -> dict[str, Any]:
    """Fork the program; its parent tells how it ended, or ends it when nobody waits for it any more."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as lines:
        line = lines.readline()
    program = os.fork()
    if program:
        for stream in streams:
            os.close(stream)
        _wait(program, connection)
    connection.close()
    os.setpgid(0, 0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return json.loads(line)


def _wait(program: int, connection: socket.socket) -> NoReturn:
    ended = os.pidfd_open(program)
    ready, _, _ = select.select([ended, connection], [], [])
    if ended not in ready:
        with suppress(ProcessLookupError):
            os.killpg(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    with suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(asked: Mapping[str, Any]) -> int:
    """Run the program's words, where and with what they were said."""
    program, *words = asked["words"]
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    if SYNCED in os.environ:
        _note_syncs(Path(os.environ[SYNCED]))
    if program == "python" and words[:1] == ["-m"]:
        sys.path[0] = os.getcwd()
        sys.argv = words[1:]
        sys.modules.pop("torture", None)
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    elif program == "python":
        os.execv(sys.executable, [sys.executable, *words])
    else:
        return _become_dvc(words)
    return 0


def _become_dvc(words: list[str]) -> int:
    from dvc.cli import main as dvc
    from dvc.stage import run

    if path := os.environ.pop(DVC_PID, None):
        Path(path).write_text(str(os.getpid()))
    run._run = partial(_run_stage, run._run, _open_files())  # type: ignore[assignment]
    sys.argv = ["dvc", *words]
    return dvc(words)


def _run_stage(cold: Callable[..., None], before: set[int], executable: str, cmd: str, **how: Any) -> None:
    """In place of dvc's own way of starting a command, with its meaning; `before`: open files that are not dvc's."""
    from dvc.stage.exceptions import StageCmdFailedError

    words = shlex.split(cmd)
    if words[:2] != ["python", "-m"]:
        return cold(executable, cmd, **how)
    sys.stdout.flush()
    sys.stderr.flush()
    stage = os.fork()
    if stage == 0:
        atexit._clear()
        for number in _open_files() - before:
            with suppress(OSError):
                os.close(number)
        _end(_status({"words": words, "folder": how["cwd"], "variables": how["env"]}))
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = os.waitstatus_to_exitcode(os.waitpid(stage, 0)[1])
    finally:
        signal.signal(signal.SIGINT, handler)
    if status:
        raise StageCmdFailedError(cmd, status)


def _open_files() -> set[int]:
    """Numbers of this process's open files."""
    return {int(name) for name in os.listdir("/dev/fd")}


if __name__ == "__main__":
    main()
