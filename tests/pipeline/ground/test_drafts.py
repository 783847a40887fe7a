"""Drafts are gone when they are done with; a killed process's go with the next one, a living process's stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.ground.drafts import draft

FILLS = """
import sys, time
from pathlib import Path
from pipeline.ground.drafts import draft
with draft(Path(sys.argv[1])) as place:
    (place / "part").write_text("half")
    print(place, flush=True)
    time.sleep(60)
"""


def test_a_killed_processs_draft_goes_with_the_next_and_a_living_ones_stays(tmp_path: Path) -> None:
    (tmp_path / ".murmuration-draft-file").write_text("no folder")
    words = (sys.executable, "-c", FILLS, str(tmp_path))
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with draft(tmp_path) as ours:
            assert theirs.is_dir()
            assert ours.is_dir()
        assert not ours.exists()
        assert (theirs / "part").read_text() == "half"
        other.kill()
        other.wait()
        assert theirs.is_dir()
    with draft(tmp_path):
        assert not theirs.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".murmuration-draft-file"]
