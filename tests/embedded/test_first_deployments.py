"""First deployments that fail: once the cause is gone, the same command ends well, and nothing is left over.

`test_any_resource_that_is_refused` stands for what an organization's policy, a quota or AWS itself refuses: every type of
resource in every kind of stack. The others are the causes that people meet, each as it really is.
"""

import first_deployments
import pytest
from first_deployments import EDGE, PRIMARY, REPLICA, ZONE

from breakable_aws import aws as local_aws
from breakable_aws import faults
from s3_failover.config import StackRole

pytestmark = pytest.mark.embedded

STACKS = {
    (StackRole.ZONE, EDGE): "zone",
    (StackRole.WEBSITE, REPLICA): "website",
    (StackRole.REPLICA, REPLICA): "https",
    (StackRole.PRIMARY, PRIMARY): "two-way",
    (StackRole.HTTPS, REPLICA): "https",
    (StackRole.EXTERNAL, REPLICA): "external",
    (StackRole.EDGE, EDGE): "website",
    (StackRole.ALARMS, PRIMARY): "website",
    (StackRole.CLIENTS, REPLICA): "website",
    (StackRole.DASHBOARD, REPLICA): "website",
}
"""Every kind of stack, with a kind of site that has it."""


@pytest.fixture(scope="module")
def bootstrapped(aws):
    first_deployments.bootstrap(aws, EDGE, PRIMARY, REPLICA)
    return aws


@pytest.fixture
def deployment(bootstrapped, tmp_path):
    def prepared(name, kind="website", more=""):
        return first_deployments.prepare(bootstrapped, tmp_path, name, kind, more)

    return prepared


@pytest.mark.long
@pytest.mark.parametrize(("role", "region"), STACKS, ids=str)
def test_any_resource_that_is_refused(deployment, role, region):
    site = deployment(f"any-{role}", STACKS[role, region])
    kinds = first_deployments.resource_types(site, role, region)
    assert kinds
    for kind in kinds:
        with site.failing(kind, role, region, message=f"{kind} is refused"):
            printed = site.fails()
        assert f"{kind} is refused" in printed
        assert site.status(role, region) in ("ROLLBACK_COMPLETE", None), (kind, site.statuses())
        site.has_nothing_left_over()
    site.succeeds()


@pytest.mark.long
@pytest.mark.parametrize(
    ("role", "region", "resource"),
    [
        (StackRole.PRIMARY, PRIMARY, "Custom::HealthObject"),
        (StackRole.EDGE, EDGE, "AWS::Route53::RecordSet"),
    ],
    ids=str,
)
def test_what_comes_late_in_a_stack_is_refused(deployment, role, region, resource):
    site = deployment(f"late-{role}")
    with site.failing(resource, role, region):
        assert "refused by a test" in site.fails()
    assert site.status(role, region) == "ROLLBACK_COMPLETE"
    site.has_nothing_left_over()
    site.succeeds()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["website", "https", "two-way", "function"])
@pytest.mark.usefixtures("sites")  # a fault needs something deployed that it would hit
def test_nothing_replicates(deployment, kind):
    site = deployment(f"stuck-{kind}", kind)
    assembly = site.synthesize()
    first_deployments.hurry(site, assembly, seconds=5)
    paused = faults.break_(site.aws.emulator, "replication-pause")
    try:
        printed = site.fails("--app", str(assembly))
    finally:
        faults.heal(site.aws.emulator, paused.id)
    key = site.site.site.health_key
    assert f"{site.site.primary}/{key} is not in every copy ({', '.join(site.site.replicas.values())})" in printed
    assert "last replication status: PENDING" in printed
    assert site.status(StackRole.PRIMARY, PRIMARY) == "ROLLBACK_COMPLETE"
    site.has_nothing_left_over()
    site.succeeds()


@pytest.mark.long
def test_a_bucket_of_that_name_is_another_accounts(deployment):
    site = deployment("taken")
    for bucket, region in ((site.site.replicas[REPLICA], REPLICA), (site.site.primary, PRIMARY)):
        s3 = site.aws.client_of("999999999999", "s3", region)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        assert bucket in site.fails()
        s3.delete_bucket(Bucket=bucket)
    site.succeeds()


@pytest.mark.long
def test_a_bucket_of_that_name_is_ones_own(deployment):
    site = deployment("own")
    names = site.site.site.names(site.aws.emulator.account)
    for bucket, region in (
        (names.replica(REPLICA), REPLICA),
        (names.access_logs(StackRole.WEBSITE, REPLICA), REPLICA),
        (names.primary, PRIMARY),
        (names.access_logs(StackRole.PRIMARY, PRIMARY), PRIMARY),
        (names.cdn_logs, EDGE),
    ):
        s3 = site.aws.client("s3", region)
        where = {} if region == EDGE else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **where)
        assert bucket in site.fails()
        s3.delete_bucket(Bucket=bucket)
    site.succeeds()


@pytest.mark.long
def test_a_record_of_that_name_exists(deployment):
    site = deployment("record")
    route53 = site.aws.client("route53")

    def change(action):
        record = {"Name": "record.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)

    change("CREATE")
    assert "record.example.com" in site.fails()
    assert site.status(StackRole.EDGE, EDGE) == "ROLLBACK_COMPLETE"
    change("DELETE")
    site.succeeds()


@pytest.mark.long
def test_the_alias_is_on_another_distribution(deployment):
    site = deployment("alias")
    old = first_deployments.old_distribution(site.aws, "alias.example.com")
    assert "CNAMEAlreadyExists" in site.fails()
    first_deployments.remove(site.aws, old)
    site.succeeds()


@pytest.mark.long
def test_the_accounts_block_public_access_refuses_the_website(deployment):
    site = deployment("blocked")
    account, control = site.aws.emulator.account, local_aws.client(site.aws.emulator, "s3control", REPLICA)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=dict.fromkeys(names, True))
    try:
        assert "BlockPublicPolicy" in site.fails()
    finally:
        control.delete_public_access_block(AccountId=account)
    site.has_nothing_left_over()
    site.succeeds()


@pytest.mark.long
def test_a_region_is_not_bootstrapped(bootstrapped, tmp_path):
    site = first_deployments.prepare(bootstrapped, tmp_path, "cold")
    site = first_deployments.changed(site, (f'"{REPLICA}"', '"ca-west-1"'))
    assert "ca-west-1" in site.fails()
    first_deployments.bootstrap(bootstrapped, "ca-west-1")
    code, printed = site.run()
    assert code == 0, printed


@pytest.mark.long
def test_a_person_interrupts_and_begins_again(deployment):
    site = deployment("interrupted")
    with site.failing("AWS::CloudWatch::CompositeAlarm", StackRole.EDGE, EDGE, after=20):
        process = first_deployments.start(site)
        first_deployments.until(lambda: site.status(StackRole.EDGE, EDGE) == "CREATE_IN_PROGRESS")
        first_deployments.interrupt(process)
        assert site.status(StackRole.EDGE, EDGE) == "CREATE_IN_PROGRESS"
        first_deployments.until(lambda: site.status(StackRole.EDGE, EDGE) == "ROLLBACK_COMPLETE")
    site.succeeds()
