"""Names of keys, roles and alarms before a deployment."""

from fake_accounts import refusal
from preflight_ground import HTTPS, Paged, findings, ground, ids, stack
from sites import site

from s3_failover.config import StackRole
from s3_failover.operations.preflight import (
    names,
)

NO_ROLE = Paged(get_role=refusal("NoSuchEntity", "GetRole", 404))


NO_ALARMS = Paged({"MetricAlarms": [], "CompositeAlarms": []})


def named(of, alarms=NO_ALARMS, role=NO_ROLE, keys=None, stacks=()):
    return ground(of, stacks=stacks, cloudwatch=alarms, iam=role, kms=keys or Paged({"Aliases": []}))


def test_free_names_of_everything_else_are_fine():
    assert ids(names, named(site(more=f'{HTTPS}\nencryption = "kms"'))) == []


def test_names_of_keys_that_are_taken():
    of = site(more=f'{HTTPS}\nencryption = "kms"')
    taken = Paged({"Aliases": [{"AliasName": of.key_alias}, {"AliasName": "alias/other"}]})
    found = findings(names, named(of, keys=taken))
    assert [each.where for each in found] == [f"{of.key_alias} in {region}" for region in ("eu-west-1", "eu-central-1")]
    assert f"aws kms delete-alias --alias-name {of.key_alias} --region eu-west-1" in found[0].remedy
    primary = stack(StackRole.PRIMARY, "eu-west-1")
    assert len(findings(names, named(of, keys=taken, stacks=[primary]))) == 1


def test_a_replication_role_that_is_taken():
    (finding,) = findings(names, named(site(), role=Paged(get_role={"Role": {}})))
    assert finding.where == "role s3-failover-shop-example-com-replication-eu-west-1"
    there = [stack(StackRole.PRIMARY, "eu-west-1")]
    assert ids(names, named(site(), role=Paged(get_role={"Role": {}}), stacks=there)) == []


def test_names_of_alarms_that_are_taken():
    kinds = ("cdn-5xx", "client-exhausted", f"replication-failed-{site().routes[0].rule_id}")
    alarms = Paged(
        {"MetricAlarms": [{"AlarmName": f"shop.example.com/{kind}"} for kind in (*kinds, "client-of-a-person")]}
    )
    found = findings(names, named(site(more="clients = {}"), alarms=alarms))
    assert [(each.what.rpartition(": ")[2], each.where.rpartition(" ")[2]) for each in found] == [
        ("shop.example.com/cdn-5xx", "us-east-1"),
        (f"shop.example.com/{kinds[2]}", "eu-west-1"),
        ("shop.example.com/client-exhausted", "eu-central-1"),
    ]
    assert "aws cloudwatch delete-alarms --region us-east-1 --alarm-names shop.example.com/cdn-5xx" in found[0].remedy
