"""What two more rule packs of cdk-nag find, and why each finding stays as it is.

The app itself runs AwsSolutions, whose acknowledgements are in the constructs. The packs here are NIST 800-53 rev 5,
which auditors ask for, and Serverless. A finding that is not in the table fails, and so does an entry that nothing
matches.
"""

import json
import re
from pathlib import Path

import cdk_nag
import pytest
from aws_cdk import Stack, Validations
from aws_cdk import aws_s3 as s3
from cdk_templates import new_app
from site_kinds import every_kind
from site_stacks import add_site

PACKS = {"NIST.800.53.R5": cdk_nag.NIST80053R5Checks, "Serverless": cdk_nag.ServerlessChecks}

pytestmark = pytest.mark.long

CUSTOM_RESOURCES = r"(HealthObject|ReturnReplication|Delegation|ContentGuard)/Writer"
FUNCTIONS = rf"({CUSTOM_RESOURCES}|Endpoint/Function|EventReplication/Replicator|Monitor/Function)"
WEBSITE = "Replica/Content/Bucket"
CONTENT = "(Primary|Replica)/Content/Bucket"
LOGS = "AccessLogs/Bucket"
REDIRECT = "Redirect-.+/Bucket"
EMPTY = "it holds no object: S3 answers every request with a redirect to the hostname"
MONITOR = "an invocation that fails is what its alarm counts; the event of a schedule holds nothing to keep"

ACCEPTED = {
    "NIST.800.53.R5": [
        (
            "CloudWatchLogGroupEncrypted",
            r"(.+/Logs|Endpoint/AccessLogs|Endpoint/FunctionLogs)",
            "CloudWatch Logs encrypts with its own key; the logs name paths, keys and addresses, and hold no content",
        ),
        (
            "IAMNoInlinePolicy",
            r".*(Permissions|Policy|WriteRules)",
            "each policy is one role's alone and goes with it; a managed one could be attached to others",
        ),
        (
            "LambdaConcurrency",
            CUSTOM_RESOURCES,
            "runs when a stack is deployed, once at a time; a reservation would be taken from the account for all time",
        ),
        ("LambdaConcurrency", "EventReplication/Replicator", "the event source mapping limits its concurrency"),
        (
            "LambdaConcurrency",
            "Endpoint/Function",
            "in an outage it serves every viewer: a limit would turn them away; the account's quota is the limit",
        ),
        (
            "LambdaConcurrency",
            "Monitor/Function",
            "it runs once a minute; a reservation would be taken from the account",
        ),
        ("LambdaDLQ", "Monitor/Function", MONITOR),
        ("LambdaDLQ", CUSTOM_RESOURCES, "CloudFormation waits for the answer and fails the deployment without one"),
        ("LambdaDLQ", "EventReplication/Replicator", "its queue has a dead-letter queue, with an alarm on it"),
        ("LambdaDLQ", "Endpoint/Function", "API Gateway calls it synchronously: a failure is the viewer's answer"),
        (
            "LambdaInsideVPC",
            FUNCTIONS,
            "talks to AWS's public endpoints only; subnets and VPC endpoints would be more that can fail in an outage",
        ),
        (
            "S3BucketLevelPublicAccessProhibited",
            WEBSITE,
            "the website secondary is public: DNS sends viewers to the bucket itself",
        ),
        ("S3BucketPublicReadProhibited", WEBSITE, "the website secondary is public"),
        (
            "S3BucketPublicWriteProhibited",
            WEBSITE,
            "the rule looks at Block Public Access only; the bucket policy admits the public to GetObject alone",
        ),
        (
            "S3BucketSSLRequestsOnly",
            rf"{WEBSITE}(/Policy)?",
            "S3 website endpoints speak no TLS; everything but GetObject is denied without it",
        ),
        (
            "S3BucketLoggingEnabled",
            LOGS,
            "a log bucket that logs its own deliveries grows without end",
        ),
        ("S3BucketLoggingEnabled", CONTENT, "access_logs = false is the site's choice"),
        *(
            (f"S3{rule}", REDIRECT, EMPTY)
            for rule in (
                "BucketLoggingEnabled",
                "BucketReplicationEnabled",
                "BucketSSLRequestsOnly",
                "BucketVersioningEnabled",
                "DefaultEncryptionKMS",
            )
        ),
        ("S3BucketReplicationEnabled", LOGS, "logs expire after weeks, and each copy's region has its own"),
        ("S3BucketReplicationEnabled", WEBSITE, "it is the copy"),
        ("S3BucketReplicationEnabled", "Primary/Content/Bucket", 'with engine = "lambda" a function makes the copies'),
        ("S3BucketVersioningEnabled", LOGS, "logs are written once under names of their own, and expire"),
        (
            "S3BucketVersioningEnabled",
            CONTENT,
            'with engine = "lambda" no bucket keeps versions, as the setting\'s description says',
        ),
        ("S3DefaultEncryptionKMS", LOGS, "S3 delivers access logs to buckets with SSE-S3 only"),
        (
            "S3DefaultEncryptionKMS",
            CONTENT,
            "encryption = \"kms\" is the site's choice: a website's visitors have no credentials to use a key with",
        ),
    ],
    "Serverless": [
        (
            "APIGWDefaultThrottling",
            "Endpoint/Stage",
            "in an outage it serves every viewer: a limit below the account's would turn them away",
        ),
        ("EventBusDLQ", "Monitor/EveryMinute", "a schedule: the next minute asks again, and an alarm tells of silence"),
        ("LambdaDLQ", "Monitor/Function", MONITOR),
        ("EventBusDLQ", "EventReplication/Repair", "a schedule: the next run does what this one missed"),
        ("LambdaDLQ", CUSTOM_RESOURCES, "CloudFormation waits for the answer and fails the deployment without one"),
        ("LambdaDLQ", "EventReplication/Replicator", "its queue has a dead-letter queue, with an alarm on it"),
        ("LambdaDLQ", "Endpoint/Function", "API Gateway calls it synchronously: a failure is the viewer's answer"),
        ("LambdaDefaultMemorySize", CUSTOM_RESOURCES, "Lambda's default, 128 MB, is what a few API calls need"),
        (
            "LambdaEventSourceMappingDestination",
            "EventReplication/Mapping",
            "for queues Lambda has no such destination; the queue's own dead-letter queue takes its place",
        ),
        (
            "LambdaTracing",
            FUNCTIONS,
            "each does one thing and logs it; X-Ray would be one more service to pay and allow",
        ),
        (
            "SNSRedrivePolicy",
            r"Topics/(Warning|Critical)/.+@.+",
            "an e-mail is no message to redrive: `doctor --fire-test` tells whether e-mails arrive",
        ),
        ("SQSRedrivePolicy", "EventReplication/DeadLetters", "it is the dead-letter queue"),
        ("SQSRedrivePolicy", "ReplicationEvents/Queue", "a record for people to read; no program consumes it"),
    ],
}
"""By pack: the rule, the construct in its stack as a regular expression, and the reason."""


def findings(app):
    """Return what the packs find in an app: pack, rule and the construct's path below its stack."""
    for pack in PACKS.values():
        Validations.of(app).add_plugins(pack(app))
    try:
        app.synth()
    except RuntimeError as error:
        assert str(error).startswith("ValidationFailed"), error
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    return {
        (each["pluginName"], violation["ruleName"].split("-", 1)[1], path(where["constructPath"]))
        for each in report["pluginReports"]
        for violation in each["violations"]
        for where in violation["violatingConstructs"]
    }


def path(construct):
    """A construct's path below its stack, which is in a site or directly in the app."""
    return re.sub("^(shop/)?[^/]+/", "", construct).removesuffix("/Resource")


@pytest.fixture(scope="module")
def found():
    """The findings about every kind of site."""
    everything = set()
    for each in every_kind().values():
        app = new_app()
        add_site(app, each)
        everything |= findings(app)
    return everything


def reasons(pack, rule, construct):
    return [each for each in ACCEPTED[pack] if each[0] == rule and re.fullmatch(each[1], construct)]


def test_every_finding_has_one_reason(found):
    assert sorted(finding for finding in found if len(reasons(*finding)) != 1) == []


def test_every_reason_has_a_finding(found):
    used = [reason for finding in found for reason in reasons(*finding)]
    assert [each for pack in PACKS for each in ACCEPTED[pack] if each not in used] == []


def test_the_packs_would_be_heard():
    careless = new_app()
    s3.Bucket(Stack(careless, "Careless"), "Somewhere")
    assert ("NIST.800.53.R5", "S3BucketLoggingEnabled", "Somewhere") in findings(careless)
