"""One snapshot per stack and mode. After a deliberate change: `pytest tests/stacks/test_snapshots.py --snapshot-update`."""

import pytest
from site_stacks import synthesized
from sites import CDN, site
from syrupy.extensions.json import JSONSnapshotExtension


@pytest.fixture
def snapshot(snapshot):
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("mode", ["dns", "hybrid"])
@pytest.mark.parametrize(
    "role",
    [
        "edge-us-east-1",
        "primary-eu-west-1",
        "website-eu-central-1",
        "replica-ap-south-1",
        "evacuation-eu-central-1",
        "alarms-eu-west-1",
        "alarms-eu-central-1",
        "dashboard-eu-central-1",
    ],
)
def test_template_is_as_reviewed(snapshot, mode, role):
    assert template(role, mode=mode) == snapshot


@pytest.mark.parametrize("role", ["edge-us-east-1", "replica-eu-central-1", "https-eu-central-1"])
def test_https_secondary_is_as_reviewed(snapshot, role):
    assert without_code(template(role, more='clients = {}\nsecondary = { type = "https" }')) == snapshot


def without_code(template):
    """A template without the digests of the functions' code: what they do is tested, not reviewed here."""
    for resource in template["Resources"].values():
        if "S3Key" in resource.get("Properties", {}).get("Code", {}):
            resource["Properties"]["Code"]["S3Key"] = "DIGEST.zip"
    return template


def test_client_alarms_are_as_reviewed(snapshot):
    assert template("clients-ap-south-1") == snapshot


@pytest.mark.parametrize("role", ["primary-eu-west-1", "website-eu-central-1", "alarms-eu-central-1"])
def test_two_way_template_is_as_reviewed(snapshot, role):
    table = 'replication = { two_way = true, time_control = true, prefixes = ["_s3-failover/", "docs/"] }'
    assert template(role, more=table) == snapshot


@pytest.mark.parametrize("role", ["primary-eu-west-1", "website-eu-central-1"])
def test_stacks_whose_copies_a_function_makes_are_as_reviewed(snapshot, role):
    assert without_code(template(role, more='replication = { engine = "lambda" }')) == snapshot


@pytest.mark.parametrize("role", ["edge-us-east-1", "website-eu-central-1"])
def test_everything_that_the_cdn_offers_is_as_reviewed(snapshot, role):
    assert template(role, more=CDN) == snapshot


@pytest.mark.parametrize(
    "role", ["primary-eu-west-1", "replica-eu-central-1", "external-eu-central-1", "alarms-eu-central-1"]
)
def test_template_with_keys_in_two_accounts_is_as_reviewed(snapshot, role):
    more = """
        account = "111111111111"
        replica_account = "222222222222"
        encryption = "kms"
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
        clients = {}
    """
    assert template(role, more=more, mode="hybrid") == snapshot


def template(role, *, more="clients = {}", **options):
    found = synthesized(site(replicas=2, more=more, **options))[role].template
    # The bootstrap version check is CDK's own and the same everywhere.
    return {key: value for key, value in found.items() if key not in ("Rules", "Parameters")}
