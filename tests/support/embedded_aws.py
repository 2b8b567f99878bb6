"""An embedded AWS for tests, and the sites that the real CDK CLI deployed to it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import botocore.session
import emulator_environment
import run_keys
import viewers
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError
from cdk_templates import new_app
from site_stacks import add_site

from breakable_aws import cdk, node, server, stream, surroundings
from breakable_aws.handle import Emulator
from breakable_aws.server import Server
from breakable_aws.state import StateDirectory
from s3_failover.config import SecondaryType, Site
from s3_failover.local import deploy

ROOT = Path(__file__).parents[2]
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@contextlib.contextmanager
def started(folder, *, speed=1.0):
    """An embedded AWS that keeps its files in a folder, while the block runs; it must be alive at the end."""
    state = StateDirectory(folder)
    with server.running(Server(state, emulator_environment.interpreter(), speed=speed)) as emulator:
        running = Aws(emulator, state)
        yield running
        running.close()
        assert emulator.alive, f"the embedded AWS ended during the tests{server.tail(state.emulator_log, 40)}"


@dataclass
class Aws:
    """A running embedded AWS, and where it keeps its files."""

    emulator: Emulator
    state: StateDirectory
    clients: dict = field(default_factory=dict)

    def client(self, service, region="us-east-1"):
        return self.client_of(self.emulator.account, service, region)

    def client_of(self, account, service, region="us-east-1"):
        """A client with another account's credentials."""
        if (account, service, region) not in self.clients:
            session = boto3.session.Session(botocore_session=botocore.session.Session(session_vars=_NO_FILES))
            self.clients[account, service, region] = session.client(
                service,
                region_name=region,
                endpoint_url=self.emulator.endpoint,
                **run_keys.of(self.emulator.secret, account),
                config=ClientConfig(
                    proxies={},
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    inject_host_prefix=False,
                ),
            )
        return self.clients[account, service, region]

    def close(self):
        for client in self.clients.values():
            client.close()

    def deploy(self, text, directory):
        """Bootstrap and deploy a configuration as `s3-failover local deploy` does; return its sites by name.

        The templates are made in this process, which has the CDK's library in memory.
        """
        path = directory / "failover.toml"
        path.write_text(text)
        config = deploy.read(path, self.emulator.account)
        project = made_project(config.sites, directory / "project")
        deploy.deploy(config, path, self.emulator, StateDirectory(directory), project=project)
        return {site.name: DeployedSite(self, site) for site in config.sites}

    def cdk(self, command, directory, *options):
        """Run a command of the CDK CLI for all stacks of the configuration in a directory; return how it ended.

        The option `--app` names a cloud assembly that a test has made already.
        """
        if "--app" not in options:
            sites = deploy.read(directory / "failover.toml", self.emulator.account).sites
            options = (*options, "--app", str(synthesize(sites, directory / "cdk.out")))
        return stream.run(
            [
                str(node.find()),
                str(cdk.script(ROOT)),
                command,
                "--all",
                "--ci",
                "--no-notices",
                *options,
            ],
            cwd=ROOT,
            environment=surroundings.for_cdk(self.emulator),
            needed=lambda: self.emulator.alive,
            on_line=lambda line: None,
        )

    def run(self, *arguments, timeout=600):
        """Run the command line on this embedded AWS to its end; return its exit code and what it printed."""
        process = self.command(*arguments)
        out, err = process.communicate(timeout=timeout)
        return process.returncode, f"{out}{err}"

    def command(self, *arguments, cwd=None):
        """Start the command line on this embedded AWS."""
        paths = {"PYTHONPATH": os.pathsep.join(sys.path), "S3_FAILOVER_HOME": str(self.state.root)}
        return subprocess.Popen(
            [sys.executable, "-c", "from s3_failover.cli import main; main()", *arguments],
            env=os.environ | paths,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextlib.contextmanager
    def proxy(self):
        """The URL of `s3-failover local proxy` while the block runs; Ctrl-C ends it."""
        process = self.command("local", "proxy")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=120)
        assert (process.returncode, "Traceback" in told) == (130, False)


def synthesize(sites, assembly):
    """Make the cloud assembly of sites in a directory, and return the directory."""
    app = new_app(assembly)
    for site in sites:
        add_site(app, site)
    app.synth()
    return assembly


def made_project(sites, project):
    """Make a CDK project whose app is the cloud assembly of sites; return its directory."""
    project.mkdir(exist_ok=True)
    settings = json.loads((ROOT / "cdk.json").read_text()) | {"app": str(synthesize(sites, project / "assembly"))}
    (project / "cdk.json").write_text(json.dumps(settings))
    if not (project / "node_modules").exists():
        (project / "node_modules").symlink_to(ROOT / "node_modules")
    return project


@dataclass(frozen=True)
class DeployedSite:
    """A site as it is deployed."""

    aws: Aws
    site: Site

    @property
    def primary(self):
        return self._names.primary

    @property
    def replicas(self):
        """The replica buckets by region."""
        return {region: self._names.replica(region) for region in self.site.replica_regions}

    @property
    def copies(self):
        """All content buckets by region, the primary first."""
        return {self.site.primary_region: self.primary, **self.replicas}

    @property
    def _names(self):
        return self.site.names(self.aws.emulator.account)

    @property
    def s3(self):
        """A client for the primary region."""
        return self.aws.client("s3", self.site.primary_region)

    def put(self, key, body, **more):
        """Publish an object and return its version id, once every replica has it."""
        version = self.s3.put_object(Bucket=self.primary, Key=key, Body=body, **more)["VersionId"]
        self.wait_for_replicas(key, version)
        return version

    def wait_for_replicas(self, key, version):
        for region in self.replicas:
            eventually(lambda region=region: self.head(region, key, VersionId=version))

    def head(self, region, key, **more):
        return self._s3_of(region).head_object(Bucket=self.copies[region], Key=key, **more)

    def read(self, region, key):
        """Return the bytes of a copy."""
        return self._s3_of(region).get_object(Bucket=self.copies[region], Key=key)["Body"].read()

    def _s3_of(self, region):
        """A client with the credentials of the account that a copy is in."""
        elsewhere = self.site.replica_account if region in self.site.replica_regions else None
        return self.aws.client_of(elsewhere or self.aws.emulator.account, "s3", region)

    def distribution(self, key="", *, secure=True, host=None, **more):
        """Ask the distribution, by default as the hostname over HTTPS."""
        emulator = self.aws.emulator
        port, ca = (emulator.cloudfront_https, emulator.ca_file) if secure else (emulator.cloudfront_http, None)
        return viewers.ask(port, host or self.site.hostname, key, ca=ca, **more)

    def website(self, key="", *, host=None, **more):
        """Ask the website secondary, by default as the hostname."""
        return viewers.ask(self.aws.emulator.s3_http, host or self.site.hostname, key, **more)

    def api(self, key="", **more):
        """Ask the https secondary as the hostname."""
        emulator = self.aws.emulator
        return viewers.ask(emulator.api_gateway_https, self.site.hostname, key, ca=emulator.ca_file, **more)

    @property
    def secondary(self):
        """Asks what answers when DNS has moved."""
        return self.website if self.site.secondary.type is SecondaryType.WEBSITE else self.api

    def rest(self, region, key="", *, secure=True, **more):
        """Ask a bucket's REST endpoint without credentials."""
        emulator = self.aws.emulator
        port, ca = (emulator.s3_https, emulator.ca_file) if secure else (emulator.s3_http, None)
        return viewers.ask(port, f"{self.copies[region]}.s3.{region}.amazonaws.com", key, ca=ca, **more)

    def stacks(self):
        """The descriptions of the site's stacks by name."""
        return {s["StackName"]: s for region in self.regions for s in self._stacks_in(region)}

    def _stacks_in(self, region):
        pages = self.aws.client("cloudformation", region).get_paginator("describe_stacks").paginate()
        prefix = self.site.naming.stacks
        return [s for page in pages for s in page["Stacks"] if s["StackName"].startswith(prefix)]

    def health_checks(self):
        """The ids of the site's health checks."""
        cloudformation = self.aws.client("cloudformation", "us-east-1")
        pages = cloudformation.get_paginator("list_stack_resources")
        return [
            resource["PhysicalResourceId"]
            for stack in self._stacks_in("us-east-1")
            for page in pages.paginate(StackName=stack["StackName"])
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == "AWS::Route53::HealthCheck"
        ]

    @property
    def regions(self):
        return deploy.regions([self.site])

    def output(self, key, stack="edge-us-east-1"):
        """Return an output of the edge stack, or of the one with another role and region."""
        (outputs,) = [found["Outputs"] for name, found in self.stacks().items() if name.endswith(f"-{stack}")]
        return next(o["OutputValue"] for o in outputs if o["OutputKey"] == key)


def eventually(attempt, seconds=120):
    """Return what an attempt returns once AWS no longer answers it with 404."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except ClientError as error:
            if status_of(error) != 404 or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def status_of(error):
    return error.response["ResponseMetadata"]["HTTPStatusCode"]
