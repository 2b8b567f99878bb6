"""Starts the emulator as a process of its own and talks to it over real sockets."""

import contextlib
import functools
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import emulator_environment
import pytest
import run_keys
from botocore.config import Config

from breakable_aws import node, secret

PACKAGE_PARENT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
ZONE = "Z0123456789ABCDEFGHIJ"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Running:
    """An emulator process that said it is ready."""

    process: subprocess.Popen
    ready: dict
    clients: dict = field(default_factory=dict)
    stacks: itertools.count = field(default_factory=lambda: itertools.count(1))

    @functools.cached_property
    def secret(self):
        return Path(self.ready["secret_file"]).read_text()

    def client(self, service, region="us-east-1"):
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.ready["endpoint"],
                **run_keys.of(self.secret, ACCOUNT),
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return self.clients[service, region]

    def deploy(self, resources, *, region="us-east-1", name=None, outputs=None):
        """Create or update a stack; return its name, or raise AssertionError with the reasons of its failure."""
        cloudformation = self.client("cloudformation", region)
        exists, name = name is not None, name or f"stack-{next(self.stacks)}"
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        act = cloudformation.update_stack if exists else cloudformation.create_stack
        act(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        status = self.settled(name, region)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise AssertionError(f"{status}: {self.reasons(name, region)}")
        return name

    def settled(self, name, region="us-east-1"):
        for _ in range(3000):
            status = self.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.01)
        raise TimeoutError(f"{name} is still {status}")

    def begin(self, resources, *, region="us-east-1", name=None, **more):
        """Begin to create a stack, or to update the one that is named; return its name at once."""
        cloudformation = self.client("cloudformation", region)
        act = cloudformation.update_stack if name else cloudformation.create_stack
        name = name or f"stack-{next(self.stacks)}"
        body = json.dumps({"Resources": resources})
        act(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"], **more)
        return name

    def created(self, resources, **more):
        """Create a stack, however that ends; return its name and the status it ends with."""
        name = self.begin(resources, **more)
        return name, self.settled(name)

    def updated(self, name, resources, **more):
        """Update a stack, however that ends; return the status it ends with."""
        return self.settled(self.begin(resources, name=name, **more))

    def until(self, holds):
        """Wait until a function returns something, and return that."""
        for _ in range(3000):
            if found := holds():
                return found
            time.sleep(0.01)
        raise TimeoutError("it never came true")

    def events(self, name, logical, region="us-east-1"):
        """The statuses that a resource, or the stack itself, went through, the oldest first."""
        events = self.client("cloudformation", region).describe_stack_events(StackName=name)["StackEvents"]
        return [e["ResourceStatus"] for e in reversed(events) if e["LogicalResourceId"] == logical]

    def resources(self, name, region="us-east-1"):
        """The resources of a stack: their status by logical id."""
        found = self.client("cloudformation", region).describe_stack_resources(StackName=name)["StackResources"]
        return {each["LogicalResourceId"]: each["ResourceStatus"] for each in found}

    @contextlib.contextmanager
    def failing(self, resource, **more):
        """Have a resource of a deployment fail."""
        status, fault = self.api("PUT", "/_breakable/faults", {"fault": "resource-fails", "resource": resource} | more)
        assert status == 201, fault
        try:
            yield
        finally:
            self.api("DELETE", f"/_breakable/faults/{fault['id']}")

    def change_set(self, name, resources, *, kind="CREATE", region="us-east-1", outputs=None, **more):
        """Make a change set, and return its description."""
        cloudformation = self.client("cloudformation", region)
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        made = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=f"set-{next(self.stacks)}",
            ChangeSetType=kind,
            TemplateBody=body,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )
        return cloudformation.describe_change_set(ChangeSetName=made["Id"])

    def execute(self, change_set, region="us-east-1", **more):
        """Execute a change set, and return the status that the stack ends with."""
        name, stack = change_set["ChangeSetId"], change_set["StackId"]
        self.client("cloudformation", region).execute_change_set(ChangeSetName=name, StackName=stack, **more)
        return self.settled(stack, region)

    def reasons(self, name, region="us-east-1"):
        events = self.client("cloudformation", region).describe_stack_events(StackName=name)["StackEvents"]
        return [e["ResourceStatusReason"] for e in events if e["ResourceStatus"].endswith("_FAILED")]

    def refusal(self, resources, *, region="us-east-1", name=None):
        """Deploy what must be refused and return why it was."""
        with pytest.raises(AssertionError) as caught:
            self.deploy(resources, region=region, name=name)
        assert "ROLLBACK_COMPLETE" in str(caught.value)
        return str(caught.value)

    def delete(self, name, region="us-east-1"):
        """Delete a stack; return the status it ends with, `DELETE_COMPLETE` when it is gone."""
        stack = self.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.client("cloudformation", region).delete_stack(StackName=name)
        return self.settled(stack, region)

    def output(self, name, key, region="us-east-1"):
        stack = self.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0]
        return next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == key)

    def viewer(self, service, host, path="/", *, method="GET", secure=False, headers=None):
        """Ask a viewer listener as a browser would whom DNS sent there."""
        port = self.ready[service]["https" if secure else "http"]
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection = http.client.HTTPConnection(host)
        connection.sock = self.tls(raw, host) if secure else raw
        try:
            connection.request(method, path, headers={"Host": host} | (headers or {}))
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read())
        finally:
            connection.close()
            raw.close()

    def tls(self, raw, host):
        return ssl.create_default_context(cafile=self.ready["ca_file"]).wrap_socket(raw, server_hostname=host)

    def api(self, method, path, document=None):
        """Ask the API listener without an SDK."""
        connection = http.client.HTTPConnection(urlsplit(self.ready["endpoint"]).netloc, timeout=60)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, secret.headers(self.secret))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def cli(self, *words, region="us-east-1"):
        """Run the AWS CLI; the test is skipped where it is not installed."""
        if not shutil.which("aws"):
            pytest.skip("the AWS CLI is not installed")
        keys = {name.upper(): key for name, key in run_keys.of(self.secret, ACCOUNT).items()}
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        place = {"AWS_ENDPOINT_URL": self.ready["endpoint"], "NO_PROXY": "*", "PATH": os.environ["PATH"]}
        command = ["aws", *words, "--region", region, "--output", "json"]
        environment = {**keys, **files, **place, "AWS_MAX_ATTEMPTS": "1"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def stop(self, number=signal.SIGTERM):
        """End the process and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        for client in self.clients.values():
            client.close()
        return code


@pytest.fixture(scope="session")
def emulator_python():
    """The interpreter of the emulator's environment."""
    return str(emulator_environment.interpreter())


@pytest.fixture(scope="session")
def launch(emulator_python, tmp_path_factory):
    """Starts emulator processes without waiting for them."""

    path = os.pathsep.join([str(node.find().parent), os.environ["PATH"]])

    def started(*arguments, code=None, environment=None):
        directory = tmp_path_factory.mktemp("emulator")
        module = ["-c", code] if code else ["-m", "breakable_aws.emulator"]
        files = ["--state-dir", directory / "state", "--ready-file", directory / "ready.json"]
        return subprocess.Popen(
            [emulator_python, *module, *map(str, [*files, *arguments])],
            env={"PATH": path, "PYTHONPATH": str(PACKAGE_PARENT)} | (environment or {}),
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started


@pytest.fixture
def start(launch):
    """Starts emulators for one test and ends them after it."""
    running = []

    def started(*arguments, environment=None):
        running.append(ready(launch(*arguments, environment=environment)))
        return running[-1]

    yield started
    for emulator in running:
        emulator.stop()


@pytest.fixture(scope="session")
def embedded(launch):
    """One emulator for all tests, which keep apart by the names they use; its hosted zone is there from the start."""
    emulator = ready(launch())
    emulator.api("PUT", f"/_breakable/hosted-zones/{ZONE}", {"name": "example.com"})
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def fast(launch):
    """One emulator whose time runs 60 times as fast, for all tests that must wait for it."""
    emulator = ready(launch("--speed", 60))
    yield emulator
    emulator.stop()


@pytest.fixture
def zone():
    """The id of the hosted zone example.com."""
    return ZONE


_numbers = itertools.count(1)


@pytest.fixture
def unique():
    """Makes names that no other test uses."""
    number = next(_numbers)
    return lambda stem: f"{stem}-{number}"


def ready(process):
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return Running(process, json.loads(line))
