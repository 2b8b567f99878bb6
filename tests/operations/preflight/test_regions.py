"""Regions and their services before a deployment."""

import threading

import pytest
from botocore.exceptions import EndpointConnectionError
from fake_accounts import account, refusal
from preflight_ground import EVERYWHERE, HTTPS, Paged, findings, ground, ids
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions
from s3_failover.operations.preflight import (
    regions,
)
from s3_failover.operations.refusals import DeniedError


def test_regions_are_told_by_ec2_while_account_management_hangs():
    end, hangs = threading.Event(), Paged()
    hangs.paginate = lambda **_: end.wait()
    ec2 = Paged(describe_regions={"Regions": [{"RegionName": "us-east-2"}]})
    try:
        told = enabled_regions.of(account(account=hangs, ec2=ec2), region="us-east-2", seconds=1)
    finally:
        end.set()
    assert told == {"us-east-2"}


def listing(*names, status="ENABLED_BY_DEFAULT"):
    return Paged({"Regions": [{"RegionName": name, "RegionOptStatus": status} for name in names]})


def test_regions_are_told_by_the_account_or_by_ec2():
    assert enabled_regions.of(account(account=listing("eu-west-1")), region="us-east-2") == {"eu-west-1"}
    assert (
        enabled_regions.of(account(account=listing("af-south-1", status="DISABLED")), region="us-east-2") == frozenset()
    )
    denied = Paged()
    denied.paginate = lambda **_: (_ for _ in ()).throw(refusal("AccessDeniedException", "ListRegions", 403))
    ec2 = Paged(describe_regions={"Regions": [{"RegionName": "us-east-1"}]})
    assert enabled_regions.of(account(account=denied, ec2=ec2), region="us-east-2") == {"us-east-1"}
    refused = Paged(describe_regions=refusal("UnauthorizedOperation", "DescribeRegions", 403))
    with pytest.raises(DeniedError, match="account:ListRegions"):
        enabled_regions.of(account(account=denied, ec2=refused), region="us-east-2")


SERVICES = {"lambda": Paged(get_account_settings={}), "apigatewayv2": Paged(get_apis={"Items": []})}


def test_a_region_that_is_not_enabled():
    found = findings(regions, ground(enabled=EVERYWHERE - {"eu-central-1"}, **SERVICES))
    assert [(each.id, each.where) for each in found] == [("PREFLIGHT-REGION", "eu-central-1")]
    with pytest.raises(UserError, match="not told"):
        findings(regions, ground(enabled=UserError("not told"), **SERVICES))


def test_a_service_that_a_region_does_not_offer():
    away = Paged(get_apis=EndpointConnectionError(endpoint_url="https://apigateway.eu-central-1.amazonaws.com"))
    found = findings(regions, ground(site(more=HTTPS), **SERVICES | {"apigatewayv2": away}))
    assert [(each.id, each.where) for each in found] == [("PREFLIGHT-SERVICE", "API Gateway in eu-central-1")]
    assert ids(regions, ground(site(), **SERVICES | {"apigatewayv2": away})) == []
