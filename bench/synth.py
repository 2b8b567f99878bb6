"""Measures synth and deploy: what 50 sites cost beside one, and one beside an empty app."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Figure, Findings, Goal, progress, timed
from breakable_aws import cdk, environment, node, server
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory
from s3_failover.config import load
from s3_failover.local import state as state_directory
from s3_failover.local.deploy import deploy

ROOT = Path(__file__).parents[1]
MANY = 50

EMPTY_APP = """
from aws_cdk import App, CfnResource, Stack

app = App()
CfnResource(Stack(app, "Empty"), "Nothing", type="AWS::CloudFormation::WaitConditionHandle")
app.synth()
"""


def measure(*, rounds: int) -> Findings:
    """Return all findings about synth and deploy; each synth is run so many times."""
    with tempfile.TemporaryDirectory(prefix="s3-failover-bench-") as folder:
        seconds = synths(Path(folder), rounds) | deploys(Path(folder))
    one, empty, many = (seconds[f"synth {what}"] for what in ("one site", "empty app", f"{MANY} sites"))
    return Findings(
        [Figure(name, value, "s") for name, value in seconds.items()],
        [
            Goal("synth of one site / of an empty app", one / empty, at_most=2.5),
            Goal(f"synth of {MANY} sites / of one", many / one, at_most=4.0),
        ],
    )


def synths(folder: Path, rounds: int) -> dict[str, float]:
    """Return the median seconds of `cdk synth` for an empty app, the example site and many sites, run in turns."""
    empty = folder / "empty"
    empty.mkdir()
    shutil.copy(ROOT / "cdk.json", empty)
    (empty / "app.py").write_text(EMPTY_APP)
    one, many = folder / "one.toml", folder / "many.toml"
    one.write_text(one_site())
    many.write_text(many_sites())
    cases: dict[str, Callable[[], object]] = {
        "synth empty app": lambda: synth(empty, folder),
        "synth one site": lambda: synth(ROOT, folder, "-c", f"config={one}"),
        f"synth {MANY} sites": lambda: synth(ROOT, folder, "-c", f"config={many}"),
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    # Round 0 fills caches and is not counted.
    for number in range(rounds + 1):
        for name, run in cases.items():
            progress(f"round {number} of {rounds}: {name}")
            seconds = timed(run)
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def synth(project: Path, folder: Path, *arguments: str) -> None:
    """Run `cdk synth` on a project as a person would."""
    command = [str(node.find()), str(cdk.script(ROOT)), "--no-notices", "synth", "--quiet", *arguments]
    subprocess.run(
        [*command, "--output", str(folder / "cdk.out")],
        cwd=project,
        env=without_account(),
        check=True,
        capture_output=True,
    )


def many_sites() -> str:
    """Return the example configuration with its site repeated under other names."""
    return "".join(one_site().replace("assets", f"s{n}") for n in range(MANY))


def one_site() -> str:
    """Return the example configuration's last site, in `dns` mode."""
    return "".join((ROOT / "failover.toml").read_text().partition("[sites.assets]")[1:])


def deploys(folder: Path) -> dict[str, float]:
    """Return the seconds of a first deployment of the example to an embedded AWS and of one that changes nothing."""
    state = StateDirectory(folder / "state")
    config = folder / "failover.toml"
    config.write_text(one_site())
    python = environment.ensure(state_directory.default(), say=progress)
    with server.running(Server(state, python)) as emulator:
        progress("deploy to the embedded AWS")
        first = timed(lambda: deploy(load(config), config, emulator, state, project=ROOT))
        progress("deploy again, nothing changed")
        again = timed(lambda: deploy(load(config), config, emulator, state, project=ROOT))
    return {"deploy (bootstrap included)": first, "deploy again, nothing changed": again}


def without_account() -> dict[str, str]:
    """Return an environment in which the CDK CLI has no credentials to look for and uses the project's own Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), str(node.find().parent), kept.get("PATH", os.defpath)])
    return {
        **kept,
        "PATH": path,
        "JSII_NODE": str(node.find()),
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
