"""Programs that start at once: a server that has imported the heavy libraries forks for each dvc and each stage.

Our own code is imported by each anew, from the checkout it works in. What is killed is killed as elsewhere: who kills
the program on whose behalf one runs ends it, too. Kinds whose processes, users or homes matter start cold.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NoReturn

from torture import shim

PROGRAMS = ("dvc", "python")
SYNCED = "TORTURE_SYNCED"
"""A variable that names a file; it gets number and last change of each file that a program has the disk sync."""
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
        from dvc.cli import main as dvc

        sys.argv = [program, *words]
        return dvc(words)
    return 0


if __name__ == "__main__":
    main()
