"""Former primaries lose their permissions, and replicas are kept from being emptied."""

# ruff: noqa: N803 - arguments are spelled as AWS spells them

import sites
from fake_accounts import ACCOUNT, Policies, refusal

from s3_failover.operations.account import Account
from s3_failover.operations.leaving import fence

SITE = sites.site()
LAMBDA = sites.site(replicas=2, more='replication = { engine = "lambda" }')
NOW = SITE.names(ACCOUNT).primary
FORMER = sites.site(primary="eu-west-3").names(ACCOUNT).primary


class Iam:
    """Roles with a policy that lets them copy from a bucket."""

    def __init__(self, **sources):
        self.roles = {f"s3-failover-{name}": source for name, source in sources.items()} | {"mine": ("x", FORMER)}
        self.boundaries = {}

    def get_paginator(self, operation):
        assert operation == "list_roles"
        return self

    def paginate(self):
        yield {"Roles": [{"RoleName": name} for name in self.roles]}

    def get_role_policy(self, RoleName, PolicyName):
        policy, bucket = self.roles[RoleName]
        if policy != PolicyName:
            raise refusal("NoSuchEntity", "GetRolePolicy", 404)
        copies = {"Effect": "Allow", "Action": "s3:ReplicateObject", "Resource": ["arn:aws:s3:::shop.example.com/*"]}
        read = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{bucket}"}
        return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [read, copies]}}

    def get_role(self, RoleName):
        arn = self.boundaries.get(RoleName)
        return {"Role": {"PermissionsBoundary": {"PermissionsBoundaryArn": arn}} if arn else {}}

    def put_role_permissions_boundary(self, RoleName, PermissionsBoundary):
        self.boundaries[RoleName] = PermissionsBoundary

    def delete_role_permissions_boundary(self, RoleName):
        del self.boundaries[RoleName]


def test_roles_that_copy_from_a_former_primary_and_no_others_are_closed():
    iam = Iam(
        a=("s3-replication", FORMER),
        b=("event-replication", FORMER),
        c=("s3-replication", NOW),
        d=("s3-replication", "shop.example.com"),
        e=("other", FORMER),
        f=("s3-replication", "other-example-com-primary-123456789012-eu-west-3"),
    )
    account = Account(ACCOUNT, lambda service, region: iam)
    found = fence.former_roles(SITE, account)
    assert found == ["s3-failover-a", "s3-failover-b"]
    for role in found:
        fence.close(account, role)
    assert iam.boundaries == dict.fromkeys(found, "arn:aws:iam::aws:policy/AWSDenyAll")
    assert fence.former_roles(SITE, account) == []


def test_a_primary_that_was_a_former_one_gets_its_permissions_back():
    iam = Iam(a=("s3-replication", FORMER), b=("event-replication", NOW), c=("s3-replication", NOW))
    account = Account(ACCOUNT, lambda service, region: iam)
    for role in ("s3-failover-a", "s3-failover-b"):
        fence.close(account, role)
    assert fence.shut_roles(SITE, account) == ["s3-failover-b"]
    fence.reopen(account, "s3-failover-b")
    assert (fence.shut_roles(SITE, account), list(iam.boundaries)) == ([], ["s3-failover-a"])


def test_replicas_that_a_function_fills_keep_their_objects_until_they_are_released():
    policies = {region: Policies([{"Sid": "Own"}]) for region in LAMBDA.replica_regions}
    account = Account(ACCOUNT, lambda service, region: policies[region])
    fence.keep_replicas(LAMBDA, account)
    fence.keep_replicas(LAMBDA, account)
    for region, each in policies.items():
        own, ours = each.policy["Statement"]
        assert own == {"Sid": "Own"}
        assert (ours["Effect"], ours["Action"], ours["Principal"]) == ("Deny", "s3:DeleteObject", "*")
        assert ours["Resource"] == f"arn:aws:s3:::{LAMBDA.names(ACCOUNT).replica(region)}/*"
    assert fence.are_kept(LAMBDA, account)
    fence.release_replicas(LAMBDA, account)
    assert [each.policy["Statement"] for each in policies.values()] == [[{"Sid": "Own"}]] * 2
    assert not fence.are_kept(LAMBDA, account)


def test_s3s_own_replication_deletes_nothing_by_comparing():
    policies = Policies([])
    account = Account(ACCOUNT, lambda service, region: policies)
    fence.keep_replicas(SITE, account)
    assert (policies.writes, fence.are_kept(SITE, account)) == (0, False)


def test_a_replica_that_is_not_made_yet_needs_no_statement():
    def put_bucket_policy(**_):
        raise refusal("NoSuchBucket", "PutBucketPolicy", 404)

    missing, there = Policies(), Policies()
    missing.put_bucket_policy = put_bucket_policy
    first, _ = LAMBDA.replica_regions
    account = Account(ACCOUNT, lambda service, region: missing if region == first else there)
    fence.keep_replicas(LAMBDA, account)
    assert there.writes == 1
