"""One site through its life: deployed, deployed again, changed, grown by a region, made hybrid, destroyed.

The tests depend on each other and run in the order of this file. The site is theirs alone; other modules do not see it.
"""

import json

import first_deployments
import pytest
from botocore.exceptions import ClientError
from embedded_aws import DeployedSite, eventually, status_of

from s3_failover.config import StackRole, load

pytestmark = [pytest.mark.embedded, pytest.mark.long]

SITE = """
[sites.moving]
hostname                = "moving.example.net"
primary_region          = "eu-west-1"
replica_regions         = [{replicas}]
hosted_zone             = {{ id = "Z0MOVING0ABCDEFGHIJK", name = "example.net" }}
mode                    = "dns"
health_check_threshold  = {threshold}
record_ttl              = {ttl}
noncurrent_version_days = {days}
{more}
"""
DEFAULTS = {"replicas": '"us-west-2"', "threshold": 3, "ttl": 60, "days": 30, "more": ""}
CHANGED = {"threshold": 5, "ttl": 20, "days": 7}
GROWN = {"replicas": '"us-west-2", "eu-central-1"'}
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
FIRST = ("eu-west-1", "us-west-2")


class Life:
    """The site, its directory, and what its deployments printed."""

    def __init__(self, aws, directory):
        self.aws, self.directory = aws, directory
        first_deployments.bootstrap(aws, "eu-central-1")
        self.site = aws.deploy(SITE.format(**DEFAULTS), directory)["moving"]
        self.site.put("kept.txt", b"kept")

    def write(self, **settings):
        """Change the configuration file."""
        path = self.directory / "failover.toml"
        path.write_text(SITE.format(**DEFAULTS | settings))
        self.site = DeployedSite(self.aws, load(path).sites[0])

    def deploy(self):
        """Deploy the configuration as it is now; return what the CLI printed."""
        outcome = self.aws.cdk("deploy", self.directory, "--require-approval", "never", "--progress", "events")
        printed = "\n".join(outcome.lines)
        assert outcome.code == 0, printed
        return printed

    def destroy(self):
        return self.aws.cdk("destroy", self.directory, "--force")


@pytest.fixture(scope="module")
def life(aws, sites, tmp_path_factory):
    """The site, in regions that have been bootstrapped for the shared sites: the CDK CLI itself does not do that."""
    assert sites
    return Life(aws, tmp_path_factory.mktemp("moving"))


def identities(site):
    """What a deployment that changes nothing leaves as it is."""
    stacks = {n: (s["StackId"], s["StackStatus"], s.get("LastUpdatedTime")) for n, s in site.stacks().items()}
    return stacks, site.head("eu-west-1", site.site.health_key)["VersionId"], created(site)


def created(site):
    """The content buckets with the times at which they were made."""
    listed = site.aws.client("s3").list_buckets()["Buckets"]
    return {bucket["Name"]: bucket["CreationDate"] for bucket in listed if bucket["Name"] in site.copies.values()}


def statuses(site):
    return {name: stack["StackStatus"] for name, stack in site.stacks().items()}


def test_a_second_deploy_changes_nothing(life):
    before = identities(life.site)
    printed = life.deploy()
    assert identities(life.site) == before
    assert printed.count("(no changes)") == len(life.site.stacks()) == 5


def test_changed_settings_and_a_further_replica_region_are_deployed(life):
    before, stacks = created(life.site), life.site.stacks()
    life.write(**CHANGED, **GROWN)
    life.deploy()
    unchanged = life.site.site.naming.stack(StackRole.ALARMS, "us-west-2")
    assert {statuses(life.site)[name] for name in stacks.keys() - {unchanged}} == {"UPDATE_COMPLETE"}
    assert len(life.site.stacks()) == len(stacks) + 2
    assert before.items() <= created(life.site).items()


def test_changed_threshold_is_on_the_endpoint_checks_and_on_none_of_another_site(life, dns):
    found = [c["HealthCheckConfig"] for c in life.aws.client("route53").list_health_checks()["HealthChecks"]]
    thresholds = {c["FullyQualifiedDomainName"]: c["FailureThreshold"] for c in found if c["Type"] != "CALCULATED"}
    mine = {
        "moving-example-net-primary-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com",
        "moving.example.net.s3-website-us-west-2.amazonaws.com",
        life.site.output("DistributionDomainName"),
    }
    assert {thresholds.pop(name) for name in mine} == {5}
    assert set(thresholds.values()) == {3}


def test_changed_ttl_is_on_both_records(life):
    assert [record["TTL"] for record in failover_records(life)] == [20, 20]


def test_changed_retention_is_on_every_bucket(life):
    for region in FIRST:
        s3 = life.aws.client("s3", region)
        rules = s3.get_bucket_lifecycle_configuration(Bucket=life.site.copies[region])["Rules"]
        days = [r["NoncurrentVersionExpiration"]["NoncurrentDays"] for r in rules if "NoncurrentVersionExpiration" in r]
        assert days == [7]


def test_objects_survive_an_update_and_are_still_served(life):
    assert {life.site.read(region, "kept.txt") for region in FIRST} == {b"kept"}
    assert life.site.distribution("kept.txt").body == life.site.website("kept.txt").body == b"kept"


def test_health_object_arrives_in_the_new_replica_by_itself(life):
    key = life.site.site.health_key
    version = life.site.head("eu-west-1", key)["VersionId"]
    arrived = eventually(lambda: life.site.head("eu-central-1", key, VersionId=version))
    assert arrived["ReplicationStatus"] == "REPLICA"
    assert life.site.head("us-west-2", key)["VersionId"] == version


def test_new_objects_arrive_in_the_new_replica_and_in_the_old_one(life):
    version = life.site.put("new.txt", b"new")
    assert {life.site.head(region, "new.txt")["VersionId"] for region in life.site.copies} == {version}


def test_older_objects_wait_for_a_backfill_as_replication_copies_only_what_comes_after_its_rule(life):
    with pytest.raises(ClientError) as caught:
        life.site.head("eu-central-1", "kept.txt")
    assert status_of(caught.value) == 404


def test_a_dns_site_can_become_hybrid_with_policies_narrowed_to_the_distribution(life, policy_of):
    identifier = life.site.output("DistributionId")
    life.write(**CHANGED, **GROWN, more=f'mode = "hybrid"\ndistribution_id = "{identifier}"')
    life.deploy()
    only = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::123456789012:distribution/{identifier}"}}
    assert [admission["Condition"] for region in FIRST for admission in admissions(life, region)] == [only] * 4
    with policy_of(life.site, lambda statements: [s for s in statements if s["Principal"] != CLOUDFRONT]):
        answer = life.site.distribution("kept.txt")
    assert (answer.status, answer.body) == (200, b"kept")


def test_a_site_made_hybrid_is_decided_by_its_distributions_check_and_the_evacuations(life):
    found = life.aws.client("route53").list_health_checks()["HealthChecks"]
    configs = {check["Id"]: check["HealthCheckConfig"] for check in found}
    deciding = configs[life.site.output("FailoverHealthCheckId")]
    checks = [life.site.output(f"{role}HealthCheckId") for role in ("Distribution", "Evacuation")]
    assert sorted(deciding["ChildHealthChecks"]) == sorted(checks)
    assert [r["HealthCheckId"] for r in failover_records(life) if "HealthCheckId" in r] == [
        life.site.output("FailoverHealthCheckId")
    ]


def admissions(life, region):
    """The statements that let CloudFront into a copy."""
    policy = life.aws.client("s3", region).get_bucket_policy(Bucket=life.site.copies[region])["Policy"]
    return [s for s in json.loads(policy)["Statement"] if s["Principal"] == CLOUDFRONT]


def failover_records(life):
    zone = life.site.site.hosted_zone.id
    records = life.aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [record for record in records if "Failover" in record]


def test_termination_protection_refuses_to_destroy_what_holds_content_or_records(life):
    identifier = life.site.output("DistributionId")
    regions = [*FIRST, "eu-central-1"]
    protection = f'distribution_id = "{identifier}"\nprotected_regions = {json.dumps(regions)}'
    life.write(**CHANGED, **GROWN, more=f'mode = "hybrid"\n{protection}')
    life.deploy()
    roles = [(StackRole.PRIMARY, "eu-west-1"), (StackRole.WEBSITE, "us-west-2"), (StackRole.REPLICA, "eu-central-1")]
    kept = {life.site.site.naming.stack(*each) for each in [*roles, (StackRole.EDGE, "us-east-1")]}
    stacks = life.site.stacks()
    assert {name for name, stack in stacks.items() if stack["EnableTerminationProtection"]} == kept
    before = {name: status for name, status in statuses(life.site).items() if name in kept}
    outcome = life.destroy()
    assert outcome.code != 0
    assert "TerminationProtection is enabled" in "\n".join(outcome.lines)
    assert before.items() <= statuses(life.site).items()


def test_destroying_removes_every_stack_once_protection_is_off(life):
    for region in life.site.regions:
        for name in [n for n, s in life.site.stacks().items() if f":{region}:" in s["StackId"]]:
            cloudformation = life.aws.client("cloudformation", region)
            cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    outcome = life.destroy()
    assert outcome.code == 0, "\n".join(outcome.lines)
    assert life.site.stacks() == {}


def test_every_bucket_survives_with_every_object_and_version(life):
    assert {life.site.read(region, "new.txt") for region in life.site.copies} == {b"new"}
    assert {life.site.read(region, "kept.txt") for region in FIRST} == {b"kept"}
    health = {life.site.head(region, life.site.site.health_key)["VersionId"] for region in life.site.copies}
    assert len(health) == 1


def test_nothing_of_the_edge_is_left(life):
    checks = life.aws.client("route53").list_health_checks()["HealthChecks"]
    assert not [c for c in checks if "moving" in c["HealthCheckConfig"].get("FullyQualifiedDomainName", "")]
    assert failover_records(life) == []


def said(outcome):
    """What the CDK CLI printed, without the ends of lines that it wraps."""
    return " ".join(" ".join(outcome.lines).split())


def test_a_deploy_after_that_does_not_take_over_the_buckets_and_leaves_what_is_in_them(life):
    outcome = life.aws.cdk("deploy", life.directory, "--require-approval", "never")
    assert outcome.code != 0
    assert "already exists" in said(outcome)
    assert set(statuses(life.site).values()) == {"REVIEW_IN_PROGRESS"}
    assert {life.site.read(region, "new.txt") for region in life.site.copies} == {b"new"}


def test_a_deploy_that_imports_finds_no_bucket_whose_name_the_template_only_computes(life):
    outcome = life.aws.cdk("deploy", life.directory, "--require-approval", "never", "--import-existing-resources")
    assert outcome.code != 0
    assert "already exists" in said(outcome)


def test_a_deploy_that_imports_gets_the_site_back_where_the_account_makes_every_name_a_literal(life):
    life.write(**CHANGED, **GROWN, more='account = "123456789012"')
    outcome = life.aws.cdk("deploy", life.directory, "--require-approval", "never", "--import-existing-resources")
    assert outcome.code == 0, "\n".join(outcome.lines)
    assert set(statuses(life.site).values()) == {"CREATE_COMPLETE"}
    assert {life.site.read(region, "new.txt") for region in life.site.copies} == {b"new"}
    assert life.site.distribution("new.txt").body == b"new"
