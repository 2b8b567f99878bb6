"""The rows of `docs/faults_page.py`: what each command says during each fault."""

import importlib.util
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def page():
    """The module that makes the page."""
    if "faults_page" not in sys.modules:
        spec = importlib.util.spec_from_file_location("faults_page", DOCS / "faults_page.py")
        sys.modules["faults_page"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["faults_page"])
    return sys.modules["faults_page"]
