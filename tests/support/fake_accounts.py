"""Accounts whose services are small objects in this process: what they do not imitate, they do not have."""

# ruff: noqa: N803 - arguments are spelled as AWS spells them

import json

from botocore.exceptions import ClientError

from s3_failover.operations.account import Account
from s3_failover.operations.drill.journal import JournalEntry

ACCOUNT = "123456789012"


def refusal(code, operation, status=400):
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


class Policies:
    """S3, as far as bucket policies go; `meanwhile` is what others do between a caller's read and write."""

    def __init__(self, statements=None):
        self.policy = None if statements is None else {"Version": "2012-10-17", "Statement": statements}
        self.meanwhile = []
        self.writes = 0

    def get_bucket_policy(self, Bucket):
        if self.policy is None:
            raise refusal("NoSuchBucketPolicy", "GetBucketPolicy", 404)
        return {"Policy": json.dumps(self.policy)}

    def put_bucket_policy(self, Bucket, Policy):
        self.policy = json.loads(Policy)
        self._wrote()

    def delete_bucket_policy(self, Bucket):
        self.policy = None
        self._wrote()

    def _wrote(self):
        self.writes += 1
        if self.meanwhile:
            self.meanwhile.pop(0)(self)


class Parameters:
    """SSM's parameters."""

    def __init__(self):
        self.values = {}

    def put_parameter(self, Name, Value, Overwrite=False, **_):
        if Name in self.values and not Overwrite:
            raise refusal("ParameterAlreadyExists", "PutParameter")
        self.values[Name] = Value

    def get_parameters(self, Names):
        return {"Parameters": [{"Name": name, "Value": self.values[name]} for name in Names if name in self.values]}

    def delete_parameter(self, Name):
        if Name not in self.values:
            raise refusal("ParameterNotFound", "DeleteParameter")
        del self.values[Name]


class HealthChecks:
    """Route 53, as far as one health check goes; each of `meanwhile` is another caller's change after a read."""

    def __init__(self, *, inverted=False):
        self.inverted = inverted
        self.version = 1
        self.meanwhile = 0
        self.gone = False

    def get_health_check(self, HealthCheckId):
        if self.gone:
            raise refusal("NoSuchHealthCheck", "GetHealthCheck", 404)
        told = {"HealthCheckVersion": self.version, "HealthCheckConfig": {"Inverted": self.inverted}}
        if self.meanwhile:
            self.meanwhile -= 1
            self.version += 1
        return {"HealthCheck": told}

    def update_health_check(self, HealthCheckId, HealthCheckVersion, Inverted):
        if HealthCheckVersion != self.version:
            raise refusal("HealthCheckVersionMismatch", "UpdateHealthCheck", 409)
        self.inverted = Inverted
        self.version += 1


def account(**services):
    return Account(ACCOUNT, lambda service, region: services[service])


def begun(fault, undo):
    """The record of a drill that has begun."""
    return JournalEntry(
        id="1",
        site="shop",
        hostname="shop.example.com",
        account=ACCOUNT,
        fault=fault,
        begun="2026-01-01T00:00:00Z",
        until="2026-01-01T00:05:00Z",
        by="arn:aws:iam::123456789012:user/somebody",
        undo=undo,
    )
