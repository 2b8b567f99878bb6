"""How Sphinx builds the documentation site (`make docs`).

The repository is the source directory: a link between two pages is the same in the repository and on the site.
"""

from sphinx.application import Sphinx

from s3_failover import __version__

ROOT_PAGES = ["ARCHITECTURE.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"]
FOLDERS = ("docs/adr/README", "docs/constructs/README")
"""The pages whose folder stands below them in the navigation."""

project = "s3-failover"
release = __version__
html_title = f"{project} {release}"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**.md", "breakable/README.md", "examples/README.md", *ROOT_PAGES]
exclude_patterns = [".*", "node_modules", "cdk.out", "site"]

myst_heading_anchors = 6
smartquotes = False

html_theme = "furo"
html_extra_path = ["redirect"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def add_folder(_: Sphinx, name: str, text: list[str]) -> None:
    """Put the pages of a folder into the navigation, below the folder's README."""
    if name in FOLDERS:
        text[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def setup(app: Sphinx) -> None:
    """Connect what this project adds to Sphinx."""
    app.connect("source-read", add_folder)
