"""The tutorial of the client, on the deployment that the tests share, with its regions and its name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from consoles import Block, steps

from breakable_aws import faults
from s3_failover.local.shell import for_shell

pytestmark = pytest.mark.embedded

PAGE = (Path(__file__).parents[2] / "docs/tutorials/client.md").read_text(encoding="utf-8")
NAMES = {'"assets"': '"docs"', "us-west-2": "us-east-1"}
"""What stands in the page for what is deployed here."""


def test_the_client_goes_on_as_the_page_shows(aws, hybrid, sites_file, monkeypatch):
    for name, value in for_shell(aws.emulator, aws.state).items():
        monkeypatch.setenv(name, value)
    hybrid.wait_for_replicas("index.html", hybrid.put("index.html", b"hello"))
    page = PAGE
    for shown, deployed in NAMES.items():
        page = page.replace(shown, deployed)
    (program,) = re.findall(r"```python\n(.*?)```", page, re.S)
    (sites_file.parent / "reader.py").write_text(program)
    try:
        for text in re.findall(r"```console\n(.*?)\n```", page, re.S):
            for command, printed in steps(Block("console", text, "")):
                answer = run(aws, command, sites_file.parent)
                assert answer is None or answer == in_order(printed), command
    finally:
        faults.heal(aws.emulator)


def run(aws, command, directory):
    """What the program prints; None for other commands, of which the page shows nothing."""
    words = command.split()
    if words[0] == "python":
        answer = subprocess.run([sys.executable, *words[1:]], cwd=directory, capture_output=True, text=True, check=True)
        return in_order(answer.stdout.strip())
    with aws.command(*words[1:], cwd=directory) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return None


def in_order(printed):
    """What the program prints, with the regions of a line in one order: ours are called otherwise than the page's."""
    return "\n".join(" ".join(sorted(line.split())) for line in printed.splitlines())
