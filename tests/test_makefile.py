"""`make help` shows what contributors run, and fits a terminal."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = re.compile(r"test-deployed-.*|test-long-.*")


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_help_shows_every_target_but_the_parts_of_others_within_80_columns():
    made = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = made.stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    assert {line.split()[1] for line in lines} == {name for name in phony if not PARTS.fullmatch(name)}
