"""What deployed code sees of the machine: as little as it would on AWS, and nothing of the user's own."""

import json

import pytest

from breakable_aws import secret

pytestmark = pytest.mark.embedded

FOREIGN = {
    "HOME": "/home/of/a/person",
    "USER": "person",
    "AWS_PROFILE": "production",
    "AWS_CONFIG_FILE": "/home/of/a/person/.aws/config",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real secret",
    "AWS_SESSION_TOKEN": "real token",
    "AWS_ENDPOINT_URL": "https://elsewhere.example",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere.example",
    "GITHUB_TOKEN": "ghp_real",
    "SSH_AUTH_SOCK": "/run/person/agent",
    "NPM_TOKEN": "real",
    "HTTPS_PROXY": "http://proxy.example",
    "NODE_OPTIONS": "--require=/home/of/a/person/x.js",
}
PYTHON = """
import os, boto3
def handler(event, context):
    home = os.path.expanduser("~")
    return {
        "environment": dict(os.environ), "home": home, "there": os.listdir(home), "mode": os.stat(home).st_mode & 0o777,
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
    }
"""
NODE = """
exports.handler = async () => {
  const home = require("os").homedir();
  const fs = require("fs");
  return {environment: process.env, home, there: fs.readdirSync(home), mode: fs.statSync(home).mode & 0o777, caller: null};
};
"""
OWN = {
    "LANG", "LD_LIBRARY_PATH", "LC_ALL", "LC_CTYPE", "TZ", "PATH", "HOME", "TMPDIR", "MINE", "NODE_PATH", "LAMBDA_TASK_ROOT",
}  # fmt: skip


@pytest.fixture
def emulator(start):
    return start(environment=FOREIGN)


@pytest.mark.parametrize(("runtime", "code"), [("python3.13", PYTHON), ("nodejs22.x", NODE)])
def test_a_function_sees_nothing_of_the_user(emulator, runtime, code):
    properties = {
        "FunctionName": "curious",
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Environment": {"Variables": {"MINE": "1"}},
        "Timeout": 60,
        "Code": {"ZipFile": code},
    }
    emulator.deploy({"F": {"Type": "AWS::Lambda::Function", "Properties": properties}})
    answer = emulator.client("lambda").invoke(FunctionName="curious")
    told = json.loads(answer["Payload"].read())

    assert "environment" in told, told
    seen = told["environment"]
    assert not [name for name, value in FOREIGN.items() if value in seen.values() or value in told["home"]]
    others = {name for name in seen if not name.startswith(("AWS_", "_"))} - OWN
    assert others == set()
    assert seen["MINE"] == "1"
    assert (told["there"], told["mode"]) == ([], 0o700)
    assert told["caller"] in ("arn:aws:sts::123456789012:assumed-role/r/curious", None)
    assert not {emulator.secret, secret.session_token(emulator.secret)} & set(seen.values())
