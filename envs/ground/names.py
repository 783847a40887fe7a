"""What scenarios and agents may be called: their names become names of files and words on pages."""

from __future__ import annotations

LONGEST_NAME = 60
"""In characters: in UTF-8 with what stands around it still a name that every file system takes."""
NAME_WISH = f"1 to {LONGEST_NAME} printable characters, no / or \\, no blank or full stop first or last"


def is_name(text: str) -> bool:
    """Whether `text` is what NAME_WISH says: no way to another folder, nothing that a terminal or a page obeys."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable() or set("/\\") & set(text):
        return False
    return text == text.strip(" .")


WORD_WISH = f"1 to {LONGEST_NAME} printable characters, no blank first or last"


def is_word(text: str) -> bool:
    """Whether `text` is what WORD_WISH says: a label, of which no file is named."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and text == text.strip()
