"""All readers of files that come from outside, by name."""

from __future__ import annotations

from collections.abc import Mapping

from torture.readers import FILE_READERS, Reader
from torture.state_readers import STATE_READERS

READERS: Mapping[str, Reader] = {**FILE_READERS, **STATE_READERS}
