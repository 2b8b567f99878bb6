"""How Sphinx builds the documentation site (`make docs`).

The repository is the source directory: a link between two pages is the same in the repository and on the site.
"""

import inspect
import re
from pathlib import Path

from jsii._runtime import JSIIMeta
from sphinx.application import Sphinx
from sphinx.domains.python._object import PyObject

from s3_failover import __version__

ROOT_PAGES = ["ARCHITECTURE.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"]
EXAMPLES = "examples/constructs/parts.py"
WITH_EXAMPLE = set(
    re.findall(r"^def (\w+)\(", (Path(__file__).parents[1] / EXAMPLES).read_text(encoding="utf-8"), re.M)
)

project = "s3-failover"
release = __version__
html_title = f"{project} {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["docs/**.md", "breakable/README.md", "examples/README.md", *ROOT_PAGES]
exclude_patterns = [".*", "node_modules", "cdk.out", "site"]

myst_heading_anchors = 6
smartquotes = False

add_module_names = False
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
maximum_signature_line_length = 80
napoleon_custom_sections = [("Leaves to you", "notes_style")]
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_extra_path = ["redirect"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False


def add_decisions(_: Sphinx, name: str, text: list[str]) -> None:
    """Put the decisions into the navigation, below their list."""
    if name == "docs/adr/README":
        text[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def read_markdown(_: Sphinx, what: str, name: str, documented: object, __: object, lines: list[str]) -> None:
    """Make reStructuredText of a docstring, whose code is in single backticks, before napoleon reads its sections."""
    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", _code, line) for line in lines]
    if what in ("attribute", "data", "property"):
        lines[0] = f": {lines[0]}"  # or napoleon takes what is before another colon for a type
    example = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name.rpartition(".")[2]).lower()
    if inspect.isclass(documented) and what == "class" and example in WITH_EXAMPLE:
        lines += ["", "Example:", "", f".. literalinclude:: /{EXAMPLES}", f"   :pyobject: {example}"]


def _code(found: re.Match[str]) -> str:
    """Return code that leads to the name's own entry, where there is one."""
    return f":py:obj:`{found[1]}`" if re.fullmatch(r"[A-Za-z_][\w.]*", found[1]) else f"``{found[1]}``"


def setup(app: Sphinx) -> None:
    """Connect what this project adds to Sphinx."""
    delattr(JSIIMeta, "__call__")  # takes anything: without it autodoc reads the arguments of a construct's __init__
    for field in PyObject.doc_field_types:
        field.label = field.label.replace("Variables", "Attributes")
    app.connect("source-read", add_decisions)
    app.connect("autodoc-process-docstring", read_markdown, priority=400)
