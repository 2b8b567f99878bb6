"""The environment variables with which AWS tools talk to the embedded AWS and to nothing else."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from breakable_aws import node, secret
from breakable_aws.handle import Emulator

REGION = "us-east-1"
"""The region of tools that do not name one."""

ACCOUNT = "123456789012"
"""The account that the embedded AWS has."""


def credentials(emulator: Emulator) -> dict[str, str]:
    """Return the variables to export to use the AWS CLI, an SDK or the CDK with the embedded AWS.

    A key id of twelve digits is the account's number to the emulator; the rest is the secret of its run.
    """
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": emulator.account,
        "AWS_SECRET_ACCESS_KEY": emulator.secret,
        "AWS_SESSION_TOKEN": secret.session_token(emulator.secret),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def for_application(emulator: Emulator, own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the whole environment of an application on AWS: nothing in it leads to a real account.

    AWS and proxy settings are taken out of `own`.
    """
    kept = {name: value for name, value in own.items() if not name.startswith("AWS_") and not _proxy(name)}
    return {**kept, **credentials(emulator), "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def for_cdk(emulator: Emulator, own: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the whole environment of a CDK process: nothing in it leads to a real account.

    AWS and proxy settings are taken out of `own`.
    """
    binary = node.find()
    # `python3` in cdk.json is this interpreter, and `node` the one that was checked.
    path = [str(Path(sys.executable).parent), str(binary.parent), own.get("PATH", os.defpath)]
    return {
        **for_application(emulator, own),
        # Node.js finds none for a user who is not in the passwd file, either.
        "HOME": own.get("HOME") or str(Path(emulator.ca_file).parent),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_NODE": str(binary),
        "NO_COLOR": "1",
        "PATH": os.pathsep.join(path),
    }


def _proxy(name: str) -> bool:
    return name.lower().endswith("_proxy")
