"""Artifacts lie beside the database: after a checkout was moved or copied, its database says so, too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_FOLDER = "mlartifacts"
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns in which MLflow keeps absolute addresses."""


def folder_beside(database: Path) -> str:
    """The address of the folder for artifacts, beside `database`."""
    return (database.resolve().parent / _FOLDER).as_uri()


def bring_along(database: Path) -> None:
    """Have a database that came from another folder name the artifacts beside it; nothing is read or written there.

    MLflow keeps absolute addresses. A moved or copied checkout would write to the old folder.

    Raises:
        sqlite3.Error: the file is no database of MLflow's, or cannot be written.
    """
    here = folder_beside(database)
    with closing(sqlite3.connect(database, timeout=60.0)) as connection, connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "experiments" not in known:
            return
        locations = connection.execute("SELECT DISTINCT artifact_location FROM experiments").fetchall()
        others = {at for (at,) in locations if at and at != here and at.startswith("file:")}
        for old in (at for at in others if at.endswith(f"/{_FOLDER}")):
            for table, column in _PLACES:
                if table in known:
                    _rename(connection, table, column, old, here)


def _rename(connection: sqlite3.Connection, table: str, column: str, old: str, new: str) -> None:
    """Put `new` for `old` where an address is `old`, or lies below it."""
    below = f"{column} = :old OR substr({column}, 1, length(:old) + 1) = :old || '/'"
    change = f"UPDATE {table} SET {column} = :new || substr({column}, length(:old) + 1) WHERE {below}"
    connection.execute(change, {"old": old, "new": new})
