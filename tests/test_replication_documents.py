"""What is printed for buckets of another account: the same statements and rules as our own stacks have."""

from config_samples import one

from s3_failover.config import parse
from s3_failover.policies import DocumentKind, documents

HERE, THERE = "111111111111", "222222222222"


def printed(kind, **more):
    existing = {"primary_bucket": "content", "replica_buckets": {"us-east-2": "assets.example.com"}}
    (site,) = parse(one(account=HERE, replica_account=THERE, existing=existing, **more)).sites
    return {each.resource: each.body for each in documents(site, HERE) if each.kind is kind}


def test_a_replica_of_another_account_is_told_to_admit_the_one_role():
    statements = {s["Sid"]: s for s in printed(DocumentKind.POLICY)["assets.example.com"]["Statement"]}
    admitted = statements["ReplicationWrites"]
    assert admitted["Principal"] == {"AWS": f"arn:aws:iam::{HERE}:root"}
    role = f"arn:aws:iam::{HERE}:role/s3-failover-assets-example-com-existing-us-west-2"
    assert admitted["Condition"] == {"ArnEquals": {"aws:PrincipalArn": role}}
    assert {"SiteAccountReads", "SiteAccountLists"} <= set(statements)


def test_the_rules_of_an_existing_primary_hand_the_copies_over_and_keep_to_the_prefixes():
    table = {"prefixes": ["_s3-failover/", "docs/"], "time_control": True}
    rules = printed(DocumentKind.REPLICATION, replication=table)["content"]["Rules"]
    assert [(rule["ID"], rule["Filter"]) for rule in rules] == [
        ("to-us-east-2-_s3-failover/", {"Prefix": "_s3-failover/"}),
        ("to-us-east-2-docs/", {"Prefix": "docs/"}),
    ]
    for rule in rules:
        assert rule["Destination"]["Account"] == THERE
        assert rule["Destination"]["AccessControlTranslation"] == {"Owner": "Destination"}
        assert rule["Destination"]["ReplicationTime"]["Status"] == "Enabled"
