"""What is printed for things that are not ours is, to the letter, what our own stacks put on theirs."""

import json

import pytest
from cdk_templates import new_app
from site_stacks import add_site
from sites import site

from s3_failover.policies import DocumentKind, documents

ACCOUNT = "123456789012"
EXISTING = """
[sites.shop.existing]
primary_bucket = "content"
replica_buckets = { eu-central-1 = "shop.example.com", ap-south-1 = "copy" }
"""
LOGS = """
[sites.shop.existing]
log_buckets = { eu-west-1 = "logs-primary", eu-central-1 = "logs-first", ap-south-1 = "logs" }
cdn_log_bucket = "logs-cdn"
"""


def printed(kind, **options):
    found = documents(site(replicas=2, **options), ACCOUNT)
    return {(document.resource, document.region): document.body for document in found if document.kind is kind}


def made(mode, resource_type, *, renamed, more=""):
    """The properties of a type in the stacks that own everything, with the names of resources that they do not own."""
    app = new_app()
    add_site(app, site(replicas=2, mode=mode, more=f'account = "{ACCOUNT}"\n{more}'))
    found = []
    for stack in app.synth().stacks:
        template = json.dumps(stack.template)
        for ours, theirs in renamed.items():
            template = template.replace(ours, theirs)
        found += [
            resolved(resource["Properties"], json.loads(template)["Resources"])
            for resource in json.loads(template)["Resources"].values()
            if resource["Type"] == resource_type
        ]
    return found


def resolved(value, resources):
    """A property with the references to buckets and roles of its own stack resolved, as CloudFormation does."""
    if isinstance(value, list):
        return [resolved(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in resources:
        return resources[value["Ref"]]["Properties"].get("BucketName", value["Ref"])
    if set(value) == {"Ref"}:
        return {"AWS::Partition": "aws"}.get(value["Ref"], value["Ref"])
    if set(value) == {"Fn::GetAtt"} and resources[value["Fn::GetAtt"][0]]["Type"] == "AWS::S3::Bucket":
        return f"arn:aws:s3:::{resolved(resources[value['Fn::GetAtt'][0]]['Properties']['BucketName'], resources)}"
    if set(value) == {"Fn::Join"}:
        return value["Fn::Join"][0].join(map(str, resolved(value["Fn::Join"][1], resources)))
    return {key: resolved(item, resources) for key, item in value.items()}


PRIMARY = "shop-example-com-primary-123456789012-eu-west-1"
COPY = "shop-example-com-replica-123456789012-ap-south-1"


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
def test_bucket_policies_are_those_of_our_own_buckets(mode):
    ours = {
        p["Bucket"]: p["PolicyDocument"]["Statement"]
        for p in made(mode, "AWS::S3::BucketPolicy", renamed={PRIMARY: "content", COPY: "copy"})
    }
    for (bucket, _), body in printed(DocumentKind.POLICY, mode=mode, more=EXISTING).items():
        # CDK writes a list of one as its item. In our own stack the writer of the health object may take back its own.
        wanted = [{key: _bare(value) for key, value in s.items()} for s in body["Statement"]]
        made_here = [s for s in ours[bucket] if "Sid" in s]
        for statement in made_here:
            if statement["Sid"] == "KeepProtectedKeys" and bucket == "content":
                assert set(statement.pop("Condition")) == {"ArnNotEquals"}
        assert wanted == made_here


def _bare(value):
    return value[0] if isinstance(value, list) and len(value) == 1 else value


@pytest.mark.parametrize("bucket", ["logs-primary", "logs-first", "logs", "logs-cdn"])
def test_log_buckets_let_in_what_our_own_let_in(bucket):
    renamed = {
        "shop-example-com-primarylogs-123456789012-eu-west-1": "logs-primary",
        "shop-example-com-websitelogs-123456789012-eu-central-1": "logs-first",
        "shop-example-com-replicalogs-123456789012-ap-south-1": "logs",
        "shop-example-com-cdnlogs-123456789012-us-east-1": "logs-cdn",
    }
    ours = {
        p["Bucket"]: p["PolicyDocument"]["Statement"] for p in made("dns", "AWS::S3::BucketPolicy", renamed=renamed)
    }
    [body] = [body for (name, _), body in printed(DocumentKind.POLICY, more=LOGS).items() if name == bucket]
    assert body["Statement"] == [s for s in ours[bucket] if "Sid" in s]


def test_replication_rules_are_those_of_our_own_bucket():
    [ours] = [
        b["ReplicationConfiguration"]
        for b in made("dns", "AWS::S3::Bucket", renamed={PRIMARY: "content", COPY: "copy"})
        if "ReplicationConfiguration" in b
    ]
    [body] = printed(DocumentKind.REPLICATION, more=EXISTING).values()
    assert body["Role"] == "arn:aws:iam::123456789012:role/s3-failover-shop-example-com-existing-eu-west-1"
    rules = [{"ID" if key == "Id" else key: value for key, value in rule.items()} for rule in ours["Rules"]]
    assert body["Rules"] == rules


def test_the_role_that_the_rules_name_is_the_one_that_the_stack_makes():
    app = new_app()
    add_site(app, site(replicas=2, more=EXISTING))
    primary = app.synth().get_stack_by_name("s3-failover-shop-example-com-existingprimary-eu-west-1").template
    names = [r["Properties"].get("RoleName") for r in primary["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert "s3-failover-shop-example-com-existing-eu-west-1" in names
    assert [r for r in primary["Resources"].values() if r["Type"] == "AWS::S3::Bucket"] == []


CORS = """
[sites.shop.cdn]
cors_origins = ["https://app.example.com", "https://b.example.com"]
"""


def test_a_website_lets_the_scripts_of_the_same_origins_read_it_as_ours_would():
    [ours] = [
        b["CorsConfiguration"]
        for b in made("dns", "AWS::S3::Bucket", renamed={}, more=CORS)
        if "CorsConfiguration" in b
    ]
    [rule] = ours["CorsRules"]
    [(where, body)] = printed(DocumentKind.CORS, more=EXISTING + CORS).items()
    assert where == ("shop.example.com", "eu-central-1")
    assert body == {"CORSRules": [{"MaxAgeSeconds" if name == "MaxAge" else name: rule[name] for name in rule}]}


def test_versioning_is_needed_on_both_sides_and_a_website_must_be_public():
    assert printed(DocumentKind.VERSIONING, more=EXISTING) == {
        ("content", "eu-west-1"): {"Status": "Enabled"},
        ("shop.example.com", "eu-central-1"): {"Status": "Enabled"},
        ("copy", "ap-south-1"): {"Status": "Enabled"},
    }
    assert printed(DocumentKind.WEBSITE, more=EXISTING) == {
        ("shop.example.com", "eu-central-1"): {
            "IndexDocument": {"Suffix": "index.html"},
            "ErrorDocument": {"Key": "error.html"},
        }
    }
    [public] = printed(DocumentKind.PUBLIC_ACCESS, more=EXISTING).values()
    assert public == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }


def test_the_role_in_the_parents_account_may_write_one_delegation_and_nothing_else():
    zone = 'name = "dns.example.com", create = true, parent = { id = "Z1", name = "example.com", '
    zone += 'role_arn = "arn:aws:iam::210987654321:role/dns" }'
    trust, policy = documents(site(hostname="shop.dns.example.com", zone=zone), ACCOUNT)
    assert (trust.resource, trust.region) == ("arn:aws:iam::210987654321:role/dns", None)
    assert trust.body["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    [write] = policy.body["Statement"]
    assert (write["Action"], write["Resource"]) == (
        "route53:ChangeResourceRecordSets",
        "arn:aws:route53:::hostedzone/Z1",
    )
    assert write["Condition"]["ForAllValues:StringEquals"] == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["dns.example.com"],
        "route53:ChangeResourceRecordSetsRecordTypes": ["NS"],
        "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
    }


def test_nothing_is_printed_where_all_is_ours():
    assert documents(site(replicas=2), ACCOUNT) == []


def test_an_existing_replica_that_an_https_secondary_reads_admits_the_distribution_and_needs_no_more():
    # Its function's role is in the bucket's account, where a role's own policy suffices.
    more = EXISTING.replace("shop.example.com", "first")
    policy = printed(DocumentKind.POLICY, more=f'secondary = {{ type = "https" }}\n{more}')["first", "eu-central-1"]
    assert [statement["Sid"] for statement in policy["Statement"]] == [
        "KeepProtectedKeys",
        "DistributionReads",
        "DistributionSees404",
    ]
