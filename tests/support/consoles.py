"""Follows a page of the documentation: its console blocks are run, its files written, against the embedded AWS."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import aws_cli
from embedded_aws import Aws

_FENCE = re.compile(r"(?:`(?P<file>[\w.]+)`:\n\n)?```(?P<language>\w+)\n(?P<text>.*?)\n```", re.S)
_FINDING = re.compile(r"^(critical|warning|unknown) +([A-Z]+-[A-Z-]+)$", re.M)
_EXIT = {"critical": 2, "warning": 1, "unknown": 1}
LOCAL = ("preflight", "doctor", "backfill", "verify", "status")
"""The commands that work on an account, here the embedded one."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that the line before it names."""

    language: str
    text: str
    file: str


def blocks(page, section):
    """Return the blocks of a section of a page, in their order."""
    (text,) = [part for part in re.split(r"^## ", page, flags=re.M) if part.startswith(f"{section}\n")]
    return [Block(found["language"], found["text"], found["file"] or "") for found in _FENCE.finditer(text)]


def steps(block):
    """Return the commands of a console block, each with what the page shows that it prints."""
    found = []
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((re.sub(r" {2,}#.*", "", line.removeprefix("$ ")).strip(), []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(printed)) for command, printed in found]


@dataclass
class Reader:
    """Does what a page says.

    Attributes:
        directory: where the reader works, with `failover.toml` in it.
        known: what stands in the page for a name that AWS chooses, and the name that it chose.
        edits: for each file that the page has the reader edit, what to do with its document.
        before: for each beginning of a command, what happens in the meantime.
    """

    aws: Aws
    directory: Path
    known: dict = field(default_factory=dict)
    edits: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)

    def follow(self, page, section):
        """Write the files and run the commands of a section, one by one."""
        for block in blocks(page, section):
            text = self._replaced(block.text)
            if block.language == "toml":
                (self.directory / "failover.toml").write_text(text)
            elif block.language == "json":
                json.loads(text)
                (self.directory / block.file).write_text(text)
            else:
                for command, printed in steps(Block("console", text, "")):
                    self._run(command, printed)

    def deploy(self):
        """Deploy all, as before the page."""
        self._cdk("deploy", "--all")

    def _replaced(self, text):
        for shown, real in self.known.items():
            text = text.replace(shown, real)
        return text

    def _run(self, command, printed):
        for beginning, happens in self.before.items():
            if command.startswith(beginning):
                happens()
        assignment = re.fullmatch(r"(\w+)=\$\((.*)\)", command)
        if assignment:
            self.variables[assignment[1]] = str(self._aws(assignment[2]))
            return
        command, _, file = command.partition(" > ")
        for name, value in self.variables.items():
            command = command.replace(f"${name}", value)
        if command.startswith("$EDITOR "):
            self._edit(command.split()[1])
        elif command.startswith("aws "):
            self._keep(file, self._aws(command))
        elif command.startswith("npx cdk "):
            self._cdk(*command.split()[2:])
        else:
            self._keep(file, self._ours(command, printed))

    def _keep(self, file, answer):
        if file:
            text = answer if isinstance(answer, str) else json.dumps(answer, default=str)
            (self.directory / file).write_text(text)

    def _edit(self, file):
        path = self.directory / file
        document = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(self.edits[file](document)))

    def _aws(self, command):
        return aws_cli.run(self.aws, command, self.directory)

    def _cdk(self, command, everything, *options):
        assert everything == "--all"
        consent = {"deploy": ("--require-approval", "never"), "destroy": ("--force",)}[command]
        outcome = self.aws.cdk(command, self.directory, *consent, *options)
        assert outcome.code == 0, "\n".join(outcome.lines)

    def _ours(self, command, expected):
        """Run a command of ours, which must find what the page shows and nothing else; return what it printed."""
        words = shlex.split(command)
        assert words[0] == "s3-failover", command
        where = ("--local",) if words[1] in LOCAL else ()
        with self.aws.command(*words[1:], *where, cwd=self.directory) as process:
            printed, told = process.communicate(timeout=300)
        found, shown = _FINDING.findall(printed), _FINDING.findall(expected)
        if words[1] == "doctor":
            # Its warnings are about what comes when the site has moved: protection, subscribers, a first drill.
            found = [(severity, name) for severity, name in found if severity == "critical"]
            assert (process.returncode == 2) == bool(found), printed + told
        else:
            assert process.returncode == max([_EXIT[severity] for severity, _ in shown], default=0), printed + told
        assert found == shown, printed
        for line in expected.splitlines():
            assert line.strip() in printed, printed
        return printed
