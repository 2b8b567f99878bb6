"""Every IAM policy that we write, judged by a linter that others wrote: parliament.

It knows the actions of every service, the resources and condition keys that each takes, and how elements are spelled.
It reads the policies of every template, those that `s3-failover permissions` prints, and those for what is not ours.
"""

import functools
import json
import warnings
from collections import defaultdict

import pytest
from resolved import ACCOUNT, Template
from site_kinds import every_kind, every_stack
from site_stacks import synthesized

from s3_failover import policies
from s3_failover.cli.permissions import POLICIES
from s3_failover.config import parse
from s3_failover.config.regions import known_regions
from s3_failover.operations.account import Account

with warnings.catch_warnings():
    # Its packages are not ours to correct.
    warnings.simplefilter("ignore")
    import parliament

ALIASES = (
    "a condition key of the resource, where the linter does not look (Service Authorization Reference, "
    "list_awskeymanagementservice, resource type key)"
)
EXPLAINED = {
    ("trust", "MALFORMED", "neither Resource nor NotResource"): "a trust policy's resource is the role itself",
    ("key", "RESOURCE_STAR", ""): "in a key's policy the resource is the key itself",
    ("identity", "UNKNOWN_CONDITION_FOR_ACTION", "kms:ResourceAliases"): ALIASES,
    ("operator", "UNKNOWN_CONDITION_FOR_ACTION", "kms:ResourceAliases"): ALIASES,
    ("operator", "RESOURCE_STAR", "cloudwatch:DescribeAlarms"): "reads only, of what CloudFormation gives an id later",
    ("operator", "RESOURCE_STAR", "s3:DescribeJob"): "S3 gives a job its id when it is made",
    ("operator", "RESOURCE_STAR", "fis:CreateExperimentTemplate"): "FIS gives a template its id when it is made",
    ("operator", "RESOURCE_STAR", "iam:PassRole"): "to FIS alone, by a condition; --fis-role names the role",
    ("operator", "RESOURCE_POLICY_PRIVILEGE_ESCALATION", "s3:PutBucketPolicy"): "the drill's fault deny-primary is a "
    "statement in the bucket's policy, and S3 has no permission for one statement (docs/operate/drill.md)",
}
"""Findings that stay, by the kind of policy, the issue and a part of the detail, with the reason."""


def documents():
    """Yield each policy once with its kind and where it is written."""
    seen = {}
    for kind, where, document in everything():
        seen.setdefault((kind, json.dumps(document, sort_keys=True)), where)
    for (kind, text), where in seen.items():
        yield kind, where, text


def everything():
    for stack in every_stack():
        for logical, resource_type, properties in Template(stack.template, stack.region).properties():
            for name, document in in_properties(properties):
                yield kind_of(resource_type, name), f"{stack.kind}/{stack.name} {logical}", document
    for kind, site in every_kind().items():
        account = Account(ACCOUNT, make=lambda service, region: None)
        for command, policy in POLICIES.items():
            yield "operator", f"{kind}: s3-failover permissions {command}", policy(site, account)
        for each in policies.documents(site, ACCOUNT):
            if "Statement" in each.body:
                name = "trust" if each.kind is policies.DocumentKind.TRUST else "identity"
                yield name, f"{kind}: s3-failover policies {each.kind}", each.body


def in_properties(value, name=""):
    if isinstance(value, dict) and "Statement" in value:
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from in_properties(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from in_properties(each, name)


def kind_of(resource_type, name):
    if name == "AssumeRolePolicyDocument":
        return "trust"
    return {"AWS::KMS::Key": "key"}.get(resource_type, "identity")


def findings(text):
    return [
        (found.issue, str(found.detail))
        for found in parliament.analyze_policy_string(text, ignore_private_auditors=True).findings
    ]


def misfits(text):
    """What the linter leaves out: an action without a resource that it takes, or a resource that no action takes."""
    for statement in json.loads(text)["Statement"]:
        actions, resources = as_list(statement.get("Action", [])), as_list(statement.get("Resource", []))
        if not {"Action", "Resource"} <= statement.keys() or "*" in resources:
            continue
        pairs = [(action, arn) for action in actions for arn in resources if takes(action, arn)]
        yield from (("NO_RESOURCE", action) for action in actions if action not in {pair[0] for pair in pairs})
        yield from (("NO_ACTION", arn) for arn in resources if arn not in {pair[1] for pair in pairs})


def as_list(value):
    return value if isinstance(value, list) else [value]


@functools.cache
def takes(action, arn):
    """Return whether an action, which may have wildcards, takes a resource."""
    for each in parliament.expand_action(action, raise_exceptions=False):
        known = parliament.statement.get_privilege_info(each["service"], each["action"])
        for resource in known["resource_types"]:
            name = resource["resource_type"].rstrip("*")
            if name and parliament.is_arn_match(
                name, parliament.statement.get_arn_format(name, known["service_resources"]), arn
            ):
                return True
    return False


def explanation(kind, issue, detail):
    return next((key for key in EXPLAINED if key[:2] == (kind, issue) and key[2] in detail), None)


@pytest.fixture(scope="module")
def found():
    """The findings about all policies, with where each is written."""
    places = defaultdict(list)
    count = 0
    for kind, where, text in documents():
        count += 1
        for issue, detail in (*findings(text), *misfits(text)):
            places[kind, issue, detail].append(where)
    assert count > 100
    return places


def test_no_policy_has_a_finding_without_a_reason(found):
    assert {finding: where[0] for finding, where in found.items() if not explanation(*finding)} == {}


def test_every_reason_has_a_finding(found):
    assert {explanation(*finding) for finding in found} >= set(EXPLAINED)


IAM_QUOTAS = {"AWS::IAM::ManagedPolicy": 6144, "AWS::IAM::Policy": 10_240}
"""Characters of a managed policy, and of all inline policies of a role together (IAM User Guide, reference_iam-quotas)."""

MOST = """
    clients = {}
    encryption = "kms"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-4697-8877-665544332211"
    secondary = { type = "external", hostname = "shop.cdn.example.net" }
    account = "111111111111"
    replica_account = "222222222222"
"""


def test_policies_of_a_site_with_the_most_replicas_and_longest_names_fit_iam_s_quotas():
    regions = sorted(known_regions(), key=len)[-26:]
    sites = parse(
        f"""
        [sites.shop]
        hostname = "{"a" * 51}.example.com"
        primary_region = "{regions[0]}"
        replica_regions = {json.dumps(regions[1:])}
        hosted_zone = {{ id = "Z0123456789ABCDEFGHIJ", name = "example.com" }}
        mode = "dns"
        {MOST}
        """
    ).sites
    sizes = defaultdict(int)
    for name, stack in synthesized(sites[0]).items():
        for logical, kind, properties in Template(stack.template, stack.environment.region).properties():
            if kind in IAM_QUOTAS:
                holder = logical if kind == "AWS::IAM::ManagedPolicy" else properties["Roles"][0]
                sizes[kind, name, holder] += len(json.dumps(properties["PolicyDocument"], separators=(",", ":")))
    assert {kind for kind, _, _ in sizes} == set(IAM_QUOTAS)
    assert {where: size for where, size in sizes.items() if size > IAM_QUOTAS[where[0]]} == {}


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"Action": ["s3:GetObjekt"]}, "UNKNOWN_ACTION"),
        ({"Resource": "arn:aws:s3:::bucket"}, "NO_RESOURCE"),
        ({"Resource": ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket"]}, "NO_ACTION"),
        ({"Condition": {"StringEquals": {"s3:prefix": "x"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
        ({"Condition": {"StringLikes": {"aws:SourceAccount": "1"}}}, "UNKNOWN_OPERATOR"),
        ({"Effect": "Permit"}, "MALFORMED"),
    ],
)
def test_the_linter_would_be_heard(change, issue):
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::bucket/*", **change}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert issue in dict([*findings(text), *misfits(text)])
