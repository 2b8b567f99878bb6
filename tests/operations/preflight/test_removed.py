"""Stacks that the file has no more."""

from preflight_ground import EVERYWHERE, findings, ground, ids
from sites import site

from s3_failover.config import StackRole
from s3_failover.errors import UserError
from s3_failover.operations.preflight import (
    examination,
    removed,
)


def described(name, owner="shop.example.com", status="CREATE_COMPLETE", **more):
    tags = [{"Key": "s3-failover:site", "Value": owner}] if owner else []
    return {"StackName": name, "StackStatus": status, "Tags": tags, **more}


def test_stacks_that_left_the_file():
    naming = site().naming
    old = naming.stack(StackRole.WEBSITE, "us-east-2")
    there = (
        described(naming.stack(StackRole.ALARMS, "us-east-2"), EnableTerminationProtection=True),
        described(old),
        described("s3-failover-blog-example-com-edge-us-east-1", "blog.example.com"),
        described("something-else", None),
        described(naming.stack(StackRole.CLIENTS, "us-east-2"), status="DELETE_IN_PROGRESS"),
    )
    found = findings(removed, ground(listed={"us-east-2": there}))
    assert [each.where for each in found] == [
        f"{naming.stack(StackRole.ALARMS, 'us-east-2')} in us-east-2",
        f"{old} in us-east-2",
    ]
    assert "it still costs its alarms, and the keys of its topics" in found[0].what
    assert "--no-enable-termination-protection" in found[0].remedy
    assert f"`aws cloudformation delete-stack --stack-name {old} --region us-east-2`; its bucket" in found[1].remedy


def test_what_a_look_finds_before_an_error_counts_too():
    here = ground(listed={"us-east-2": (described("x", status="CREATE_COMPLETE"),), "eu-west-1": UserError("away")})
    (look,) = removed.looks(here)
    found, error = examination._all(look)
    assert [each.where for each in found] == ["x in us-east-2"]
    assert str(error) == "away"


def test_stacks_of_the_file_are_not_left_over():
    naming = site().naming
    expected = {
        region: tuple(described(naming.stack(role, where)) for role, where in site().own_stacks if where == region)
        for region in EVERYWHERE
    }
    assert ids(removed, ground(listed=expected)) == []
