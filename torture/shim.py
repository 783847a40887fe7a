"""Stands for a program of torture/warm.py: hands its words, folder, variables and streams over, and ends as that ends.

It imports nothing slow, and is called as `python -IS shim.py PROGRAM WORD ...`.
"""

import json
import os
import signal
import socket
import sys

ADDRESS = "TORTURE_WARM"
"""The variable that says where the server listens."""


def main() -> None:
    """Ask the server, wait for the status, end with it."""
    asked = {"words": sys.argv[1:], "folder": os.getcwd(), "variables": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(os.environ[ADDRESS])
        socket.send_fds(server, [b"0"], [0, 1, 2])
        server.sendall(json.dumps(asked).encode() + b"\n")
        with server.makefile("rb") as answers:
            status = int(answers.readline() or -signal.SIGKILL)
    if status < 0:
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main()
