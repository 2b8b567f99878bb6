"""Makes what a package index shows out of README.md: the description without relative links, and the project's URLs.

The address of the repository is one setting, `repository` in pyproject.toml. While it is empty, links become plain text
and pictures disappear; there are no URLs.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?![a-z]+:)(?P<target>[^)\s]*)\)")
"""A link or a picture of Markdown whose target is relative."""


class Description(MetadataHookInterface):
    """Sets `readme` and `urls` of the project's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set both for the version that is built."""
        repository = self.config["repository"].rstrip("/")
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = description(readme, repository, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(repository)


def description(readme: str, repository: str, tag: str) -> str:
    """Return a README without relative links, which an index would look for on its own site."""

    def replaced(link: re.Match[str]) -> str:
        picture, text, target = link["picture"], link["text"], link["target"]
        if not repository:
            return "" if picture else text
        page = f"README.md{target}" if target.startswith("#") else target
        return f"{picture}[{text}]({repository}/{'raw' if picture else 'blob'}/{tag}/{page})"

    return re.sub(r"\n{3,}", "\n\n", LINK.sub(replaced, readme))


def urls(repository: str) -> dict[str, str]:
    """Return the project's URLs by their labels."""
    if not repository:
        return {}
    return {
        "Source": repository,
        "Issues": f"{repository}/issues",
        "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
    }
