"""Which stacks are protected: those that hold content or records, once a person wrote down that they are deployed.

A protected stack whose creation failed cannot be deleted, and so not be created again.
"""

import pytest
from site_stacks import synthesized
from sites import site

EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.net" }'
HTTPS = 'secondary = { type = "https" }'
ZONE = 'name = "example.com", create = true'


def protected(more="", **options):
    found = synthesized(site(replicas=2, more=f"clients = {{}}\n{more}", **options))
    return {name for name, stack in found.items() if stack.termination_protection}


@pytest.mark.parametrize("more", ["", HTTPS, EXTERNAL, 'replication = { engine = "lambda" }'])
def test_nothing_is_protected_at_first(more):
    assert protected(more) == set()


def test_a_zone_is_never_protected():
    assert protected('distribution_id = "E2QWRUHAPOMQZL"', zone=ZONE) == {"edge-us-east-1"}


@pytest.mark.parametrize("more", ["", HTTPS, EXTERNAL])
def test_the_edge_is_protected_once_its_distribution_is_known(more):
    assert protected(f'distribution_id = "E2QWRUHAPOMQZL"\n{more}') == {"edge-us-east-1"}


@pytest.mark.parametrize(
    ("region", "stack"),
    [
        ("eu-west-1", "primary-eu-west-1"),
        ("eu-central-1", "website-eu-central-1"),
        ("ap-south-1", "replica-ap-south-1"),
    ],
)
def test_the_stack_of_a_regions_bucket_is_protected_once_the_region_is_named(region, stack):
    assert protected(f'protected_regions = ["{region}"]') == {stack}


@pytest.mark.parametrize("more", [HTTPS, EXTERNAL])
def test_what_serves_a_copy_or_watches_it_is_never_protected(more):
    every = 'protected_regions = ["eu-west-1", "eu-central-1", "ap-south-1"]\ndistribution_id = "E2QWRUHAPOMQZL"'
    assert protected(f"{every}\n{more}") == {
        "edge-us-east-1",
        "primary-eu-west-1",
        "replica-eu-central-1",
        "replica-ap-south-1",
    }


def test_replicas_in_another_account_are_protected_too():
    accounts = 'account = "111111111111"\nreplica_account = "222222222222"'
    found = protected(f'protected_regions = ["eu-central-1", "ap-south-1"]\n{accounts}')
    assert found == {"website-eu-central-1", "replica-ap-south-1"}
