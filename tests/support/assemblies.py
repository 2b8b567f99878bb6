"""Cloud assemblies written by hand: what the CDK CLI deploys, without an app."""

import json
from dataclasses import dataclass
from pathlib import Path

from embedded_aws import ROOT

from breakable_aws import cdk, node, stream, surroundings

_VERSION = "36.0.0"


@dataclass
class Stack:
    """A stack that the real CDK CLI deploys to the embedded AWS."""

    aws: object
    name: str
    directory: Path

    def write(self, resources, *, protected=False, bootstrapped=False):
        """Write the assembly; the CLI checks whether the region is bootstrapped only if told that it must be."""
        self.directory.mkdir(exist_ok=True)
        (self.directory / "template.json").write_text(json.dumps({"Resources": resources}))
        properties = {"templateFile": "template.json", "terminationProtection": protected}
        if bootstrapped:
            properties["bootstrapStackVersionSsmParameter"] = "/cdk-bootstrap/hnb659fds/version"
            properties["requiresBootstrapStackVersion"] = 6
        artifact = {"type": "aws:cloudformation:stack", "properties": properties, "displayName": self.name}
        artifact["environment"] = f"aws://{self.aws.emulator.account}/us-east-1"
        manifest = {"version": _VERSION, "artifacts": {self.name: artifact}}
        (self.directory / "manifest.json").write_text(json.dumps(manifest))

    def bootstrap(self):
        """Bootstrap the stack's region."""
        tool = cdk.Cdk(
            project=ROOT,
            script=cdk.script(ROOT),
            environment=self.environment(),
            log=self.directory.parent / "bootstrap.log",
            emulator_runs=lambda: self.aws.emulator.alive,
        )
        tool.bootstrap(self.aws.emulator.account, ["us-east-1"])

    def command(self, name, *options):
        """Return the command line of the CDK CLI."""
        script = str(cdk.script(ROOT))
        return [
            str(node.find()),
            script,
            name,
            self.name,
            "--app",
            str(self.directory),
            "--ci",
            "--no-notices",
            *options,
        ]

    def environment(self):
        return surroundings.for_cdk(self.aws.emulator)

    def run(self, name, *options):
        """Run a command of the CDK CLI; return its exit code and what it printed."""
        outcome = stream.run(
            self.command(name, *options),
            cwd=self.directory,
            environment=self.environment(),
            needed=lambda: self.aws.emulator.alive,
            on_line=lambda line: None,
        )
        return outcome.code, "\n".join(outcome.lines)

    def deploy(self, *options):
        return self.run("deploy", "--require-approval", "never", "--progress", "events", *options)

    def events(self):
        return self.aws.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]

    @property
    def status(self):
        found = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return found[0]["StackStatus"]
