"""The least policy of a command allows every call that it makes, and no call that it never makes."""

import functools
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from accounts import account_of

from breakable_aws import aws as local
from s3_failover.operations import copying, delays, left_over, publish, resolvers, verify
from s3_failover.operations.backfill import direct
from s3_failover.operations.backfill import permissions as backfill
from s3_failover.operations.backfill.work import WorkItem, WorkItems
from s3_failover.operations.cost import measured
from s3_failover.operations.cost.inventory import inventory
from s3_failover.operations.cost.measured import Measurement
from s3_failover.operations.cost.usage import told
from s3_failover.operations.doctor import examination
from s3_failover.operations.evacuation import readiness, switch
from s3_failover.operations.evacuation.readiness import Closeness
from s3_failover.operations.preflight import examination as preflight
from s3_failover.operations.preflight.ground import PreflightPlan
from s3_failover.operations.publish import Publication, PublishOptions
from s3_failover.operations.refusals import action
from s3_failover.operations.restore import permissions as restore
from s3_failover.operations.restore.restoration import Restoration, RestoreOptions
from s3_failover.operations.status import overview
from s3_failover.operations.verify import Scope

pytestmark = pytest.mark.embedded

UNPROVOKED = {"s3:ListBucket"}
"""It makes S3 answer 404 instead of 403 for what is missing; not every command calls what is named after it."""


@pytest.fixture
def called():
    """The IAM actions of the calls that were made."""
    return set()


@pytest.fixture
def account(aws, called):
    """An account whose clients write down what they call."""

    def make(service, region):
        client = local.client(aws.emulator, service, region)
        client.meta.events.register("before-call", functools.partial(note, called))
        return client

    return replace(account_of(aws.emulator), make=make)


def note(called, model, params, **_):
    # A version has actions of its own for reading.
    reads = model.name in ("GetObject", "HeadObject", "GetObjectTagging")
    version = reads and "versionId" in params["query_string"]
    for each in action(model.service_model.endpoint_prefix, model.name).split(" and "):
        called.add(each.replace("Object", "ObjectVersion" if version else "Object"))


def allowed(policy):
    return {each for statement in policy["Statement"] for each in statement["Action"]}


def test_verify(dns, account, called):
    dns.put("permissions/a.txt", b"content")
    verify.verify(dns.site, account, Scope(prefix="permissions/"))
    unversioned = {"s3:GetObject", "s3:GetObjectTagging"}
    assert called == allowed(verify.policy(dns.site, account)) - UNPROVOKED - unversioned


def test_publish(hybrid, account, called, tmp_path):
    (tmp_path / "permissions").mkdir()
    (tmp_path / "permissions/a.txt").write_bytes(b"content")
    (tmp_path / "permissions/large.bin").write_bytes(bytes(9_000_000))
    hybrid.put("permissions/a.txt", b"content")
    hybrid.put("permissions/gone.txt", b"gone")
    publication = Publication(hybrid.site, account, PublishOptions())
    changes = replace(publication.changes(tmp_path), deletes=("permissions/gone.txt",))
    publication.run(changes, say=lambda line: None)
    late = {
        action for statement in delays.statements(hybrid.site, account) if statement for action in statement["Action"]
    }
    assert called == allowed(publish.policy(hybrid.site, account)) - UNPROVOKED - late - {"s3:AbortMultipartUpload"}


def test_publish_that_says_why_nothing_arrives(dns, account, called):
    assert "unknown" not in delays.why(dns.site, account, *dns.site.regions[:2]).split(";")[0]
    assert called <= allowed(publish.policy(dns.site, account))


def test_restore(hybrid, account, called):
    hybrid.put("permissions/restored.txt", b"content", Tagging="a=b")
    time.sleep(1.1)
    before = datetime.now(UTC)
    time.sleep(1.1)
    hybrid.s3.delete_object(Bucket=hybrid.primary, Key="permissions/restored.txt")
    hybrid.put("permissions/created.txt", b"content")
    options = RestoreOptions(before=before, prefix="permissions/", exact=True)
    restoration = Restoration(hybrid.site, account, options)
    restoration.run(restoration.plan(say=lambda line: None), say=lambda line: None)
    of_parts = {"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:AbortMultipartUpload"}
    late = {
        action for statement in delays.statements(hybrid.site, account) if statement for action in statement["Action"]
    }
    assert called == allowed(restore.policy(hybrid.site, account)) - UNPROVOKED - late - of_parts


@pytest.mark.parametrize("largest", [copying.LARGEST, 0])
def test_backfill(largest, dns, account, called, monkeypatch):
    monkeypatch.setattr(copying, "LARGEST", largest)
    key = f"permissions/{largest}.txt"
    version = dns.s3.put_object(Bucket=dns.primary, Key=key, Body=b"content", Tagging="a=b")["VersionId"]
    items = WorkItems()
    items.add(WorkItem(key, version, 7))
    regions = dns.site.replica_regions
    done = direct.replicate(dns.site, account, items, regions=regions, seconds=120, say=lambda line: None)
    assert done.succeeded == 1
    assert called <= allowed(backfill.policy(dns.site, account))


def test_cost(dns, account, called):
    measurement = Measurement(dns.site, account)
    measurement.health_checks(inventory(dns.site))
    measurement.usage(told({}))
    assert called == allowed(measured.policy(dns.site, account))


def test_doctor(site, account, called, resolver):
    examination.examine(site.site, account, resolver=resolver, fire_test=True, say=lambda line: None)
    by_sns = {"kms:Decrypt", "kms:GenerateDataKey"}
    unprovoked = (UNPROVOKED | by_sns) - {"s3:ListBucket"}
    assert called == allowed(examination.policy(site.site, account)) - unprovoked


def test_preflight_of_a_deployed_site(site, account, called, resolver):
    preflight.examine(PreflightPlan(site.site, resolver=resolver), account, say=lambda line: None)
    where_the_answer_is_another = {"cloudformation:DescribeStackResources"}
    where_a_stack_is_missing = {"iam:GetRole", "cloudwatch:DescribeAlarms"}
    where_a_zone_is_denied = {"route53:ListHostedZonesByName"}
    unprovoked = where_the_answer_is_another | where_a_stack_is_missing | where_a_zone_is_denied
    assert called == allowed(preflight.policy(site.site, account)) - unprovoked


def test_preflight_of_a_site_that_is_not_deployed(site, account, called):
    nowhere = site.site.model_copy(update={"hostname": "nowhere.example.com"})
    preflight.examine(PreflightPlan(nowhere, asks_dns=False), account, say=lambda line: None)
    assert {"iam:GetRole", "cloudwatch:DescribeAlarms"} <= called
    assert called <= allowed(preflight.policy(nowhere, account))


def test_status(site, account, called, resolver):
    overview.look(site.site, account, resolvers.servers(resolver))
    assert left_over.everywhere([site.site], account, seconds=60).silent == {}
    assert called == allowed(overview.policy(site.site, account))


def test_evacuate(hybrid, account, called):
    began = switch.require_calm(hybrid.site, account)
    switch.obstacles(hybrid.site, account)
    note = switch.evacuate(hybrid.site, account, began)
    seen = set(called)
    switch.end(hybrid.site, account, note)
    assert seen - {"sts:GetCallerIdentity"} <= allowed(switch.policy(hybrid.site, account))


def test_return(hybrid, account, called):
    readiness.look(hybrid.site, account, Closeness(), say=lambda line: None)
    note = switch.evacuate(hybrid.site, account, switch.require_calm(hybrid.site, account))
    switch.end(hybrid.site, account, note)
    assert called - {"sts:GetCallerIdentity"} <= allowed(readiness.policy(hybrid.site, account))
