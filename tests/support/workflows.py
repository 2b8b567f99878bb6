"""Workflows of GitHub, as data."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def load(path: Path) -> dict[str, Any]:
    """Read YAML 1.2, in which `on` is a word."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of all jobs."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def commands(workflow: dict[str, Any], program: str) -> list[str]:
    """Return the lines that the steps run and that begin with a program."""
    lines = [line for step in steps(workflow) for line in step.get("run", "").splitlines()]
    return [line.strip() for line in lines if line.split()[:1] == [program]]
