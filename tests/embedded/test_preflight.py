"""What stops a deployment is found on the embedded AWS before anything is deployed."""

import contextlib
import json
import subprocess
from dataclasses import replace

import first_deployments
import pytest
from accounts import resolver_of
from embedded_aws import DeployedSite
from first_deployments import EDGE, PRIMARY, REPLICA, ZONE
from schemas import as_declared

from breakable_aws import aws as local
from s3_failover.config import HostedZone, StackRole
from s3_failover.operations.preflight.examination import examine
from s3_failover.operations.preflight.ground import PreflightPlan

pytestmark = pytest.mark.embedded
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def bootstrapped(aws):
    first_deployments.bootstrap(aws, *{PRIMARY, REPLICA, EDGE})
    return aws


@pytest.fixture
def prepared(bootstrapped, tmp_path):
    """Makes a site that is not deployed."""
    return lambda name, kind="website", more="": first_deployments.prepare(bootstrapped, tmp_path, name, kind, more)


@pytest.fixture
def found(account):
    """Returns what a preflight finds at a site, by id."""

    def look(deployment, resolver=None, **plan):
        of = PreflightPlan(deployment.site.site, resolver=resolver, asks_dns=resolver is not None, **plan)
        report = examine(of, account, say=lambda line: None)
        return {finding.id: finding for finding in report.findings}

    return look


def bucket(aws, name, region, account=None):
    where = {} if region == EDGE else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client = aws.client_of(account or aws.emulator.account, "s3", region)
    client.create_bucket(Bucket=name, **where)
    return lambda: client.delete_bucket(Bucket=name)


def stack(aws, name, region, template, hostname=None, **more):
    """Make a stack; return how to delete it, buckets and all."""
    client = aws.client("cloudformation", region)
    tags = [{"Key": "s3-failover:site", "Value": hostname}] if hostname else []
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": template}), Tags=tags, **more)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    def delete():
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
        client.delete_stack(StackName=name)
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})

    return delete


@contextlib.contextmanager
def undone(*undo):
    try:
        yield
    finally:
        for each in undo:
            each()


TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}


@pytest.mark.parametrize("kind", ["website", "https", "external", "two-way", "function", "zone"])
def test_nothing_is_in_the_way_of_a_first_deployment(found, prepared, kind):
    assert found(prepared(f"free-{kind}", kind)) == {}


def test_block_public_access_of_the_account(found, prepared, bootstrapped):
    site = prepared("blocked")
    control = local.client(bootstrapped.emulator, "s3control", EDGE)
    settings = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=settings)
    with undone(lambda: control.delete_public_access_block(AccountId=ACCOUNT)):
        assert found(site).keys() == {"PREFLIGHT-PUBLIC-ACCESS"}
        assert found(prepared("unblocked", "https")) == {}


def test_a_bucket_of_no_stack(found, prepared, bootstrapped):
    site = prepared("bucket-alone")
    with undone(bucket(bootstrapped, "bucket-alone.example.com", REPLICA)):
        told = found(site)
    assert told.keys() == {"PREFLIGHT-BUCKET-ADOPT"}
    assert "--import-existing-resources" in told["PREFLIGHT-BUCKET-ADOPT"].remedy


def test_a_bucket_in_another_region(found, prepared, bootstrapped):
    site = prepared("bucket-elsewhere")
    with undone(bucket(bootstrapped, "bucket-elsewhere.example.com", "eu-central-1")):
        told = found(site)
    assert told.keys() == {"PREFLIGHT-BUCKET-REGION"}
    assert "exists in eu-central-1" in told["PREFLIGHT-BUCKET-REGION"].what


def test_a_bucket_of_another_account(found, prepared, bootstrapped):
    site = prepared("bucket-of-others")
    with undone(bucket(bootstrapped, "bucket-of-others.example.com", REPLICA, "222222222222")):
        assert found(site).keys() == {"PREFLIGHT-BUCKET-ACCOUNT"}


def test_an_existing_bucket_that_is_not_there(found, prepared):
    told = found(prepared("not-existing", more='existing = { primary_bucket = "not-existing-primary" }'))
    assert told.keys() == {"PREFLIGHT-BUCKET-MISSING"}


def test_a_replication_role_that_is_taken(found, prepared, bootstrapped):
    site = prepared("role-taken")
    iam, name = bootstrapped.client("iam"), site.site.site.replication_role
    iam.create_role(RoleName=name, AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    with undone(lambda: iam.delete_role(RoleName=name)):
        assert found(site).keys() == {"PREFLIGHT-NAME"}


def test_the_alias_of_a_key_that_is_taken(found, prepared, bootstrapped):
    site = prepared("alias-taken", "https")
    kms, alias = bootstrapped.client("kms", PRIMARY), site.site.site.key_alias
    kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    with undone(lambda: kms.delete_alias(AliasName=alias)):
        assert found(site)["PREFLIGHT-NAME"].where == f"{alias} in {PRIMARY}"


def test_alarms_whose_names_are_taken(found, prepared, bootstrapped):
    site = prepared("alarm-taken")
    cloudwatch, name = bootstrapped.client("cloudwatch"), site.site.site.naming.alarm("cdn-5xx")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    with undone(lambda: cloudwatch.delete_alarms(AlarmNames=[name])):
        assert f"--alarm-names {name}`" in found(site)["PREFLIGHT-NAME"].remedy


@contextlib.contextmanager
def record(aws, name, kind="A", value="192.0.2.1"):
    route53 = aws.client("route53")
    one = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}

    # Other tests may have made zones of this name, and DNS answers from one of them.
    zones = [zone["Id"] for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "example.com."]

    def change(what):
        batch = {"Changes": [{"Action": what, "ResourceRecordSet": one}]}
        for zone in zones:
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE")
    with undone(lambda: change("DELETE")):
        yield


def test_records_in_the_way(found, prepared, bootstrapped):
    site = prepared("record-taken", "https")
    names = (site.site.site.failover_name, site.site.site.endpoint_name, site.site.site.endpoint_check_name)
    for name in names:
        with record(bootstrapped, name):
            told = found(site)
        assert told.keys() == {"PREFLIGHT-RECORD"}
        assert told["PREFLIGHT-RECORD"].where == f"record {name} A"


def test_an_alias_on_another_distribution(found, prepared, bootstrapped):
    site = prepared("alias-elsewhere")
    old = first_deployments.old_distribution(bootstrapped, "alias-elsewhere.example.com")
    with undone(lambda: first_deployments.remove(bootstrapped, old)):
        told = found(site)
    assert told.keys() == {"PREFLIGHT-ALIAS"}
    assert told["PREFLIGHT-ALIAS"].where == f"distribution {old} of this account"


def test_a_wildcard_on_another_distribution(found, prepared, bootstrapped):
    site = prepared("wild")
    old = first_deployments.old_distribution(bootstrapped, "*.example.com")
    with undone(lambda: first_deployments.remove(bootstrapped, old)):
        assert found(site).keys() == {"PREFLIGHT-ALIAS-OVERLAP"}


def test_a_zone_that_is_not_there_or_another_one(found, prepared):
    site = prepared("www.zone-wrong")
    gone = first_deployments.changed(site, (ZONE, "Z0NOWHERE0ABCDEFGHIJ"))
    assert found(gone).keys() == {"PREFLIGHT-ZONE"}
    zone = HostedZone(id=ZONE, name="zone-wrong.example.com")
    other = DeployedSite(site.aws, site.site.site.model_copy(update={"hosted_zone": zone}))
    told = found(replace(site, site=other))["PREFLIGHT-ZONE"]
    assert told.what == "is the zone of example.com, expected zone-wrong.example.com"


def test_caa_records_that_forbid_amazon(found, prepared, bootstrapped):
    site, resolver = prepared("caa"), resolver_of(bootstrapped.emulator)
    with record(bootstrapped, "caa.example.com", "CAA", '0 issue "letsencrypt.org"'):
        first_deployments.until(lambda: "PREFLIGHT-CAA" in found(site, resolver))


def test_a_bootstrap_that_is_missing_or_old(found, prepared, bootstrapped):
    told = found(prepared("bare"), qualifier="mine")
    assert told.keys() == {"PREFLIGHT-BOOTSTRAP"}
    assert "--qualifier mine" in told["PREFLIGHT-BOOTSTRAP"].remedy
    ssm, name = bootstrapped.client("ssm", PRIMARY), "/cdk-bootstrap/hnb659fds/version"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.put_parameter(Name=name, Value="5", Type="String", Overwrite=True)
    with undone(lambda: ssm.put_parameter(Name=name, Value=before, Type="String", Overwrite=True)):
        assert found(prepared("old-bootstrap"))["PREFLIGHT-BOOTSTRAP"].where == f"bootstrap of {PRIMARY}"


def test_a_stack_that_a_deployment_does_not_go_on_from(found, prepared, bootstrapped):
    site = prepared("stopped")
    name = site.site.site.naming.stack(StackRole.EDGE, EDGE)
    client = bootstrapped.client("cloudformation", EDGE)
    with site.failing("AWS::SNS::Topic", StackRole.EDGE, EDGE):
        client.create_stack(
            StackName=name, TemplateBody=json.dumps({"Resources": TOPIC}), EnableTerminationProtection=True
        )
        first_deployments.until(lambda: site.status(StackRole.EDGE, EDGE) == "ROLLBACK_COMPLETE")

    def delete():
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
        client.delete_stack(StackName=name)

    with undone(delete):
        told = found(site)
    assert "--no-enable-termination-protection" in told["PREFLIGHT-STACK"].remedy


def test_a_stack_of_another_hostname(found, prepared, bootstrapped):
    site = prepared("mine")
    name = site.site.site.naming.stack(StackRole.EDGE, EDGE)
    with undone(stack(bootstrapped, name, EDGE, TOPIC, "theirs.example.com")):
        assert found(site)["PREFLIGHT-STACK"].where == f"{name} in {EDGE}"


def test_a_stack_that_left_the_file(found, prepared, bootstrapped):
    site = prepared("left")
    name = site.site.site.naming.stack(StackRole.ALARMS, "ap-south-1")
    other = "s3-failover-other-example-com-alarms-ap-south-1"
    with undone(
        stack(bootstrapped, name, "ap-south-1", TOPIC, "left.example.com", EnableTerminationProtection=True),
        stack(bootstrapped, other, "ap-south-1", TOPIC, "other.example.com"),
    ):
        told = found(site)
    assert told.keys() == {"PREFLIGHT-LEFT-OVER"}
    assert f"delete-stack --stack-name {name} --region ap-south-1" in told["PREFLIGHT-LEFT-OVER"].remedy


def test_a_file_that_is_ahead_of_what_is_deployed(found, prepared):
    ahead = f'distribution_id = "E1OLD00000000"\nprotected_regions = ["{PRIMARY}"]'
    assert found(prepared("ahead", more=ahead)).keys() == {"PREFLIGHT-DISTRIBUTION-ID", "PREFLIGHT-PROTECTION"}


def test_more_health_checks_than_the_account_may_have(found, prepared):
    site = prepared("many")
    sites = tuple(
        site.site.site.model_copy(update={"name": f"s{number}", "hostname": f"s{number}.example.com"})
        for number in range(51)
    )
    assert "health checks" in found(site, sites=sites)["PREFLIGHT-QUOTA"].where


def test_services_that_refuse_are_not_known_and_the_others_are_asked(found, account, prepared, bootstrapped):
    def make(service, region):
        if service in ("s3control", "ssm"):
            return local.client_at(bootstrapped.emulator.endpoint, ACCOUNT, "wrong", service, region)
        return account.make(service, region)

    plan = PreflightPlan(prepared("refused").site.site, asks_dns=False)
    with undone(bucket(bootstrapped, "refused.example.com", REPLICA)):
        report = examine(plan, replace(account, make=make), say=lambda line: None)
    assert {finding.id for finding in report.findings} == {"PREFLIGHT-UNKNOWN", "PREFLIGHT-BUCKET-ADOPT"}
    assert report.exit_code == 2


def run(aws, *arguments, cwd=None):
    process = aws.command(*arguments)
    out, err = process.communicate(timeout=240)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def test_the_command_and_its_document(prepared, bootstrapped):
    path = str(prepared("command").directory / "failover.toml")
    with undone(bucket(bootstrapped, "command.example.com", REPLICA)):
        printed = run(bootstrapped, "preflight", "--local", "--config", path)
        document = as_declared(
            "preflight", run(bootstrapped, "preflight", "--local", "--config", path, "--json").stdout
        )
    assert printed.returncode == 2, printed.stderr
    assert "critical  PREFLIGHT-BUCKET-ADOPT\n  bucket command.example.com" in printed.stdout
    assert "PREFLIGHT-BUCKET-ADOPT" in {finding["id"] for finding in document["findings"]}


def test_a_local_deployment_stops_at_what_would_fail(prepared, bootstrapped):
    site = prepared("stops")
    path = str(site.directory / "failover.toml")
    with undone(bucket(bootstrapped, "stops.example.com", REPLICA)):
        printed = run(bootstrapped, "local", "deploy", "--config", path, "--json")
    assert printed.returncode == 1, printed.stderr
    document = as_declared("local deploy", printed.stdout)
    assert document["ok"] is False
    assert [each["id"] for each in document["preflight"][0]["findings"]] == ["PREFLIGHT-BUCKET-ADOPT"]
    assert "--no-preflight deploys nevertheless" in printed.stderr
    assert site.statuses() == {}
