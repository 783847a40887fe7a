"""What MkDocs asks while it builds the site: pages that are made, and links out of docs that become pages."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.hooks import commands, parameters

ROOT = Path(__file__).parents[2]
PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md", "security.md": "SECURITY.md"}
"""Pages that stand at the repository's top, where code hosts look for them."""
API = {
    "environments": (
        "Environments",
        "A world in Python, with or without learning. The numbers of the airspace are on [its page](../airspace.md).",
        ("envs", "envs.ground.play", "envs.ground.policy", "envs.ground.steering"),
    ),
    "training": (
        "Training and policies",
        "From a world's name to a report, and an exported policy that acts.",
        (
            "pipeline.standalone",
            "pipeline.standalone.training",
            "pipeline.standalone.results",
            "pipeline.export.policy_file",
        ),
    ),
    "worlds": (
        "What a world promises",
        "The protocols behind a world's five doors; [Your own environment](../worlds.md) tells when which is wanted.",
        (
            "envs.ground.world",
            "envs.ground.rooms",
            "envs.ground.evaluating",
            "envs.ground.outcomes",
            "envs.ground.defaults",
        ),
    ),
    "algorithms": (
        "What an algorithm promises",
        "The contract of learners; [Your own algorithm](../tutorials/algorithm.md) keeps it.",
        ("pipeline.algorithms.learner", "pipeline.algorithms.table", "pipeline.algorithms.sb3_kind"),
    ),
}
"""Pages of the reference: title, a sentence, the modules whose docstrings they show."""

_OUTWARD = re.compile(r"(?<=\]\()((?:\.\./)+[\w./-]+)(?=\))")
_LOADED = re.compile(r"""<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=["']?((?:https?:)?//[^"' >]+)""")
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".json": "json", ".sh": "sh"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made: the reference, what stands at the top, and sources that a page links to."""
    made = {"reference/parameters.md": parameters.page(ROOT / "params.yaml"), "reference/commands.md": commands.page()}
    made |= {f"reference/{name}.md": _api(*told) for name, told in API.items()}
    made |= {name: (ROOT / source).read_text(encoding="utf-8") for name, source in PAGES.items()}
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    for linked in sorted({path for file in files.documentation_pages() for path in _linked(file)}):
        files.append(File.generated(config, f"source/{linked}.md", content=_source(linked)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links to files of the repository lead to their pages of the site."""
    here = page.file.src_uri
    return _OUTWARD.sub(lambda found: _target(found[1], here), markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that would load something from a network; links that are followed by a click may lead there.

    Raises:
        PluginError: naming the page and what it loads.
    """
    found = _LOADED.search(output)
    if found:
        raise PluginError(f"{page.file.src_uri}: loads {found[1]}, wanted a page that needs no network")
    return output


def _api(title: str, sentence: str, modules: tuple[str, ...]) -> str:
    return "\n\n".join([f"# {title}", sentence, *(f"::: {module}" for module in modules), ""])


def _linked(file: File) -> set[str]:
    """Files of the repository outside of docs that a page links to, as paths from the root."""
    found = {_outside(target, file.src_uri) for target in _OUTWARD.findall(file.content_string)}
    return {path for path in found if path is not None and path not in PAGES.values()}


def _outside(target: str, page: str) -> str | None:
    """The path from the root, or None where the link stays within docs."""
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
    return None if path.startswith("docs/") else path


def _target(target: str, page: str) -> str:
    path, up = _outside(target, page), posixpath.dirname(page)
    if path is None:
        return target
    names = {source: name for name, source in PAGES.items()}
    return posixpath.relpath(names.get(path, f"source/{path}.md"), up)


def _source(path: str) -> str:
    """A file of the repository as a page: text as it is, notebooks cell by cell, code in a fence.

    Raises:
        FileNotFoundError: a page links to what is not there.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    kind = Path(path).suffix
    head = f"---\nsearch:\n  exclude: true\n---\n# {path}\n\n"
    if kind == ".ipynb":
        return head + "\n\n".join(_cell(cell) for cell in json.loads(text)["cells"])
    return head + (text if kind == ".md" else f"````{_LANGUAGES.get(kind, 'text')}\n{text}\n````\n")


def _cell(cell: dict[str, Any]) -> str:
    text = "".join(cell["source"])
    return text if cell["cell_type"] == "markdown" else f"````python\n{text}\n````"
