"""JSON that somebody else wrote, as plain values or a refusal in a line."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def parse_json(text: str, source: str, wanted: str = "keys with values") -> Any:
    """What the text says; of NaN and infinity, too, which whoever checks the values refuses by their place.

    Args:
        source: the file, or file and line, for messages.
        wanted: what it should hold, for a message that can name no place in it.

    Raises:
        ValueError: it is not JSON, by line and column; a key stands twice in one object; nested without end; a number
            of thousands of digits; a text with half of a surrogate pair.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        if twice:
            raise _TwiceError(f"{source}: got the key {twice[0]!r} twice in one object, wanted it once")
        return dict(pairs)

    try:
        values = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise ValueError(f"{source}: {place}: not JSON: {error.msg} (truncated?)") from None
    except RecursionError:
        raise ValueError(f"{source}: brackets within brackets without end, wanted {wanted}") from None
    except _TwiceError:
        raise
    except ValueError:  # Python's own limit of digits
        raise ValueError(f"{source}: a number of thousands of digits, wanted {wanted}") from None
    if "\\ud" in text.lower() and not _is_text(values):
        raise ValueError(f"{source}: half of a surrogate pair (\\ud...), which is no character, wanted {wanted}")
    return values


def _is_text(values: Any) -> bool:
    """Whether all texts among plain values can be written."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class _TwiceError(ValueError):
    """A key that stands twice."""
