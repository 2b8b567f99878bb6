"""What a doctor finds, and what it does not, at sites of every kind; what is deployed is imitated."""

import json
import threading
from types import SimpleNamespace
from unittest.mock import MagicMock

import dns.resolver
import pytest
from aws_cdk.region_info import RegionInfo
from botocore.exceptions import ClientError
from fake_accounts import ACCOUNT, account, refusal
from schemas import as_declared
from sites import site

from s3_failover.config import StackRole
from s3_failover.config.regions import known_regions
from s3_failover.errors import UserError
from s3_failover.operations import legs
from s3_failover.operations.deployment import Deployment, Stack
from s3_failover.operations.doctor import alarms, copies, edge, examination, existing
from s3_failover.operations.doctor import dns as names
from s3_failover.operations.doctor import legs as served
from s3_failover.operations.doctor.finding import Severity
from s3_failover.operations.refusals import DeniedError, UnavailableError
from s3_failover.policies import documents
from s3_failover_constructs import website_endpoint

APART = 'account = "123456789012"\nreplica_account = "222222222222"'
TOPIC = "arn:aws:sns:us-east-1:123456789012:s3-failover-shop-example-com-edge-us-east-1-Topic"


class OwnBuckets:
    """S3 of an account that may look into its own buckets alone."""

    def __init__(self, *own):
        self.own = own

    def _require(self, bucket, operation):
        if bucket not in self.own:
            raise refusal("AccessDenied", operation, 403)

    def get_object(self, Bucket, Key):  # noqa: N803
        self._require(Bucket, "GetObject")
        raise refusal("NoSuchKey", "GetObject", 404)

    def get_bucket_replication(self, Bucket):  # noqa: N803
        self._require(Bucket, "GetBucketReplication")
        return {"ReplicationConfiguration": {"Rules": []}}

    def get_bucket_versioning(self, Bucket):  # noqa: N803
        self._require(Bucket, "GetBucketVersioning")
        return {"Status": "Enabled"}

    def get_bucket_policy(self, Bucket):  # noqa: N803
        self._require(Bucket, "GetBucketPolicy")
        return {"Policy": json.dumps({"Statement": []})}

    get_bucket_website = get_public_access_block = get_bucket_policy


@pytest.fixture
def stack(monkeypatch):
    """The outputs of the edge stack; no other stack is there."""
    outputs = {"DistributionId": "E1", "DistributionDomainName": "d1.cloudfront.net", "FailoverHealthCheckId": "f"}
    monkeypatch.setattr(Deployment, "outputs", lambda deployment: outputs)
    return outputs


def apart(more="", mode="dns"):
    of = site(mode=mode, more=f"{APART}\n{more}")
    return Deployment(of, account(s3=OwnBuckets(of.names(ACCOUNT).primary, "logs")))


@pytest.mark.parametrize("look", [copies.replication, copies.policies])
@pytest.mark.usefixtures("stack")
def test_settings_of_another_account_s_replicas_are_not_looked_at(look):
    hybrid = apart('secondary = { type = "external", hostname = "shop.cdn.example.org" }', mode="hybrid")
    for deployment in (apart(), hybrid):
        assert not [found for found in look(deployment) if deployment.names.replica("eu-central-1") in found.where]


def test_what_another_account_must_put_on_its_buckets_is_not_looked_for():
    deployment = apart('existing = { log_buckets = { eu-west-1 = "logs", eu-central-1 = "theirs" } }')
    assert {each.resource for each in documents(deployment.site, ACCOUNT)} >= {"logs", "theirs"}
    assert [found.where for found in existing.look(deployment)] == ["bucket-policy of logs in eu-west-1"]


@pytest.mark.parametrize(
    "region", [each for each in sorted(known_regions()) if RegionInfo.get(each).s3_static_website_endpoint]
)
def test_the_website_is_found_without_its_stack(region):
    of = site().model_copy(update={"replica_regions": (region,)})
    assert of.secondary.kind.target(of) == website_endpoint("shop.example.com", region)


class Zone:
    """Route 53, as far as a zone's name servers go."""

    def get_hosted_zone(self, Id):  # noqa: N803
        return {"DelegationSet": {"NameServers": ["ns-1.example."]}}


class World:
    """A resolver that knows some CNAMEs."""

    def __init__(self, **names):
        self.names = names

    def resolve(self, name, kind):
        if kind == "NS":
            return [Target("ns-1.example.")]
        if name not in self.names:
            raise dns.resolver.NXDOMAIN
        return [Target(self.names[name])]


class Target:
    def __init__(self, target):
        self.target = target


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({"shop.elsewhere.example.": "Shop.example.com."}, []),
        ({"shop.elsewhere.example.": "parked.example.net."}, ["is a CNAME of parked.example.net"]),
        ({}, ["is no CNAME (NXDOMAIN)"]),
    ],
)
def test_a_hostname_whose_dns_is_elsewhere_leads_to_the_record(known, found):
    changed = {"hostname": "shop.elsewhere.example", "record_name": "shop.example.com"}
    deployment = Deployment(site().model_copy(update=changed), account(route53=Zone()))
    told = list(names.delegation(deployment, World(**known)))
    assert [each.what for each in told] == [f"{what}, expected one of shop.example.com" for what in found]
    assert all(each.id == "DOCTOR-DELEGATION" for each in told)


def test_a_hostname_of_the_zone_needs_no_cname():
    assert not list(names.delegation(Deployment(site(), account(route53=Zone())), World()))


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:*", "s3:Get*", "*", ["s3:ListBucket", "s3:getobject"]])
@pytest.mark.parametrize("service", ["cloudfront.amazonaws.com", ["cloudfront.amazonaws.com"]])
@pytest.mark.usefixtures("stack")
def test_a_policy_admits_the_distribution_in_whatever_words(action, service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    assert not list(copies.policies(Deployment(site(), account(s3=Policy([statement])))))


class Policy:
    """S3, as far as the policy of an existing bucket goes."""

    def __init__(self, statement):
        self.text = json.dumps({"Statement": statement})

    def get_bucket_policy(self, Bucket):  # noqa: N803
        return {"Policy": self.text}


@pytest.mark.usefixtures("stack")
def test_a_policy_of_one_statement_without_a_list_is_read():
    cdn = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:*", "Resource": "*"}
    assert not list(copies.policies(Deployment(site(), account(s3=Policy(cdn)))))
    of = site(more='existing = { log_buckets = { eu-west-1 = "logs" } }')
    (document,) = (each for each in documents(of, ACCOUNT) if each.resource == "logs")
    (logs,) = document.body["Statement"]
    assert not list(existing.look(Deployment(of, account(s3=Policy(logs)))))


def test_the_error_page_of_a_single_page_app_is_its_index():
    empty = OwnBuckets(site().names(ACCOUNT).primary, "shop.example.com")
    found = copies.pages(Deployment(site(more="cdn = { single_page_app = true }"), account(s3=empty)))
    assert [each.where for each in found] == ["index.html (index_document)"]


class Topics:
    """SNS with one topic that is gone and one whose key may not be used."""

    def __init__(self):
        self.told = []

    def publish(self, TopicArn, **_):  # noqa: N803
        if not TopicArn.endswith("Good"):
            raise refusal("NotFound" if TopicArn.endswith("Gone") else "KMSAccessDenied", "Publish", 403)
        self.told.append(TopicArn)


def test_a_topic_that_takes_no_test_is_a_finding_and_the_others_are_tested(monkeypatch):
    topics = tuple(("AWS::SNS::Topic", f"{TOPIC}{each}") for each in ("Gone", "Locked", "Good"))
    deployment = Deployment(site(), account(sns=Topics()))
    deployment.__dict__["stacks"] = (Stack(StackRole.EDGE, "edge", "us-east-1", "CREATE_COMPLETE", topics),)
    told, found = [], []
    with pytest.raises(DeniedError, match=r"cannot publish to .*Locked: .* kms:Decrypt and kms:GenerateDataKey"):
        found += alarms.fire_test(deployment, told)
    assert told == [f"{TOPIC}Good"]
    assert [(each.id, each.where) for each in found] == [("DOCTOR-ALARM", f"{TOPIC}Gone")]


class Unpublished:
    """CloudWatch with one alarm on a metric that no source publishes."""

    def __init__(self, namespace, missing):
        self.alarm = {
            "AlarmName": "shop.example.com/a",
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "Dimensions": [],
        }
        self.alarm |= {"Namespace": namespace, "MetricName": "Metric", "TreatMissingData": missing}

    def get_paginator(self, _name):
        return self

    def paginate(self, **_):
        return [{"MetricAlarms": [self.alarm], "CompositeAlarms": []}]

    def list_metrics(self, **_):
        return {"Metrics": []}


@pytest.mark.parametrize(
    ("namespace", "missing", "remedy"),
    [
        ("AWS/S3", "ignore", "publish something"),
        ("S3Failover", "breaching", "start a host that reads through the client"),
    ],
)
def test_an_alarm_without_data_is_not_said_to_be_silent_where_that_makes_it_ring(namespace, missing, remedy):
    deployment = Deployment(site(), account(cloudwatch=Unpublished(namespace, missing)))
    resources = (("AWS::CloudWatch::Alarm", "shop.example.com/a"), ("AWS::SNS::Topic", TOPIC))
    deployment.__dict__["stacks"] = (Stack(StackRole.CLIENTS, "clients", "us-east-1", "CREATE_COMPLETE", resources),)

    (finding,) = alarms.look(deployment)

    assert (finding.id, finding.effect) == (
        "DOCTOR-ALARM-NO-DATA",
        "the alarm has no data: it never fires, or never clears",
    )
    assert finding.remedy.startswith(remedy)


def test_who_tests_topics_may_use_their_keys():
    policy = examination.policy(site(), account())
    (keys,) = [each for each in policy["Statement"] if "kms:GenerateDataKey" in each["Action"]]
    assert "kms:Decrypt" in keys["Action"]
    assert keys["Condition"] == {"StringLike": {"kms:ViaService": "sns.*.amazonaws.com"}}


def test_everything_that_cannot_be_looked_at_is_a_finding_whatever_the_site():
    def refused(_service, _region):
        raise UserError("nothing answers")

    for more in ("", 'replication = { engine = "lambda" }', APART, 'secondary = { type = "https" }'):
        nothing = account()
        object.__setattr__(nothing, "make", refused)
        told = examination.examine(site(more=more), nothing, resolver=World(), say=lambda line: None)
        assert {each.severity for each in told.findings} == {Severity.UNKNOWN}
        assert told.exit_code == 1
        assert len(as_declared("doctor", told.model_dump_json(by_alias=True))["findings"]) == len(told.findings)


def test_what_does_not_answer_is_left_and_the_rest_is_looked_at_with_less_patience(monkeypatch):
    waits = []

    def within(_later, seconds):
        waits.append(seconds)
        raise UnavailableError(f"there was no answer within {seconds:g} s")

    monkeypatch.setattr(examination.Later, "within", within)
    told = examination.examine(site(), account(), resolver=World(), patience=30, say=lambda line: None)
    assert waits == [30, *[15] * (len(told.looked_at) - 1)]
    assert [each.id for each in told.findings] == ["DOCTOR-UNKNOWN"] * len(told.looked_at)
    assert {each.remedy for each in told.findings} == {
        "see with `s3-failover status` what is down, and look again when it answers"
    }


def test_a_part_that_hangs_does_not_keep_a_doctor(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(examination.copies, "content", lambda deployment: iter(ended.wait, True))
    try:
        told = examination.examine(site(), account(), resolver=World(), patience=0.1, say=lambda line: None)
    finally:
        ended.set()
    (finding,) = [each for each in told.findings if each.where == "content of replicas"]
    assert finding.what == "there was no answer within 0.1 s"


class Contents:
    """S3, as far as it lists and reads: the keys of each bucket, none of which is in another account's."""

    def __init__(self, **keys):
        self.keys = {bucket.replace("_", "."): held for bucket, held in keys.items()}

    def list_objects_v2(self, Bucket, Prefix, MaxKeys):  # noqa: N803
        found = sorted(key for key in self.keys[Bucket] if key.startswith(Prefix))
        return {"Contents": [{"Key": key} for key in found[:MaxKeys]]}

    def get_object(self, Bucket, Key):  # noqa: N803
        if Key not in self.keys[Bucket]:
            raise refusal("NoSuchKey", "GetObject", 404)
        return {"Body": MagicMock(read=lambda: b"")}


HEALTH, INDEX = "_s3-failover/health.txt", "index.html"
BACKFILL = "run `s3-failover backfill shop`"


def filled(primary, replica, more=""):
    of = site(more=more)
    names = of.names(ACCOUNT)
    s3 = Contents()
    s3.keys = {names.primary: primary, names.replica("eu-central-1"): replica}
    return Deployment(of, account(s3=s3))


@pytest.mark.parametrize(
    ("primary", "replica", "found"),
    [
        ([HEALTH, "a"], [HEALTH], ["DOCTOR-COPY-EMPTY"]),
        ([HEALTH, "a"], [], ["DOCTOR-COPY-EMPTY"]),
        ([HEALTH, "a"], [HEALTH, "a"], []),
        # What is there is older, and verify's to compare.
        ([HEALTH, "a", "b"], ["a"], []),
        ([HEALTH], [HEALTH], []),
    ],
)
def test_a_replica_without_content_is_told_while_the_primary_has_some(primary, replica, found):
    told = list(copies.content(filled(primary, replica)))
    assert [each.id for each in told] == found
    assert all(each.remedy == BACKFILL and each.severity is Severity.CRITICAL for each in told)


def test_only_what_replicas_get_makes_one_empty():
    more = 'replication = { prefixes = ["media/", "_s3-failover/"] }'
    assert not list(copies.content(filled([HEALTH, "a", "b"], [HEALTH], more)))
    assert list(copies.content(filled([HEALTH, "a", "media/b"], [HEALTH], more)))


@pytest.mark.parametrize(
    ("primary", "replica", "remedy"),
    [
        ([], [], "publish index.html, or change the setting index_document"),
        ([], [INDEX], "publish index.html, or change the setting index_document"),
        ([INDEX], [], BACKFILL),
    ],
)
def test_a_page_that_did_not_arrive_is_told_from_one_that_was_never_published(primary, replica, remedy):
    error = ["error.html"]
    (found,) = copies.pages(filled(primary + error, replica + error))
    assert (found.id, found.remedy) == ("DOCTOR-PAGE", remedy)


EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.org" }'
OTHERS = "look at the other findings first"


@pytest.mark.parametrize(
    ("status", "primary", "replica", "more", "remedy"),
    [
        (404, [], [], "", "publish index.html"),
        (404, [INDEX], [], "", BACKFILL),
        (403, [INDEX], [], "", BACKFILL),
        (403, [INDEX], [INDEX], "", OTHERS),
        (503, [INDEX], [], "", OTHERS),
        (404, [INDEX], [], EXTERNAL, "publish index.html there"),
    ],
)
def test_a_leg_that_serves_no_index_is_told_with_what_it_needs(monkeypatch, status, primary, replica, more, remedy):
    def answers(key):
        return legs.LegAnswer(200 if key else status, b"", {}, 0)

    leg = MagicMock(get=answers)
    leg.name = "secondary"
    monkeypatch.setattr("s3_failover.operations.doctor.legs.legs", lambda site, account: [leg])
    (found,) = served.look(filled(primary, replica, more))
    assert (found.id, found.remedy) == ("DOCTOR-LEG", remedy)


def test_a_leg_that_a_proxy_hides_is_unknown(monkeypatch):
    leg = MagicMock(get=lambda key: legs.LegAnswer(0, b"", {}, 0, "the proxy refuses", unseen=True))
    leg.name = "secondary"
    monkeypatch.setattr("s3_failover.operations.doctor.legs.legs", lambda site, account: [leg])
    assert {each.id for each in served.look(filled([], [], ""))} == {"DOCTOR-UNKNOWN"}


def test_a_leg_is_a_finding_also_where_the_buckets_cannot_be_read(monkeypatch):
    leg = MagicMock(get=lambda key: legs.LegAnswer(404, b"", {}, 0))
    leg.name = "secondary"
    monkeypatch.setattr("s3_failover.operations.doctor.legs.legs", lambda site, account: [leg])
    found = list(served.look(Deployment(site(), account(s3=OwnBuckets()))))
    assert [each.remedy for each in found] == [OTHERS, OTHERS]


@pytest.mark.parametrize("owned", [True, False])
def test_rules_that_a_bucket_of_somebody_lacks_are_put_there_by_hand(owned):
    of = site(more='existing = { primary_bucket = "theirs" }' if owned else "")
    found = list(copies.replication(Deployment(of, account(s3=OwnBuckets(*of.names(ACCOUNT).buckets)))))
    (rules,) = [each.remedy for each in found if "has no rule" in each.what]
    assert ("s3-failover policies" in rules) == owned


@pytest.mark.usefixtures("stack")
def test_policies_that_admit_the_distribution_of_an_old_file_are_no_finding_of_their_own():
    of = site(more='distribution_id = "E1OLD00000"')
    assert not list(copies.policies(Deployment(of, account(s3=Policy([])))))


ALIASES = 'aliases = ["www.example.com", "example.com"]'


class Edge:
    """CloudFront, ACM and Route 53 of a site that is deployed for some of its names."""

    def __init__(self, *names):
        self.names = names

    def get_distribution(self, Id):  # noqa: N803
        config = {
            "Enabled": True,
            "Aliases": {"Items": list(self.names)},
            "ViewerCertificate": {"ACMCertificateArn": "c"},
        }
        return {"Distribution": {"Status": "Deployed", "DistributionConfig": config}}

    def describe_certificate(self, CertificateArn):  # noqa: N803
        return {"Certificate": {"Status": "ISSUED", "SubjectAlternativeNames": list(self.names)}}

    def list_resource_record_sets(self, HostedZoneId, StartRecordName, StartRecordType):  # noqa: N803
        name = StartRecordName.rstrip(".")
        if name not in self.names:
            return {"ResourceRecordSets": []}
        region = "s3-website.eu-central-1.amazonaws.com"
        targets = {"PRIMARY": "d1.cloudfront.net", "SECONDARY": region if name == "example.com" else f"{name}.{region}"}
        return {
            "ResourceRecordSets": [self._record(StartRecordName, StartRecordType, *each) for each in targets.items()]
        }

    def _record(self, name, kind, role, target):
        told = {"Name": name, "Type": kind, "Failover": role, **({"HealthCheckId": "f"} if role == "PRIMARY" else {})}
        if kind == "A":
            return told | {"AliasTarget": {"DNSName": f"{target}."}}
        return told | {"TTL": 60, "ResourceRecords": [{"Value": target}]}


def named(*names):
    made = Edge(*names)
    return Deployment(site(more=ALIASES), account(cloudfront=made, acm=made, route53=made))


@pytest.mark.usefixtures("stack")
def test_a_site_is_looked_at_under_each_of_its_names():
    whole = named("shop.example.com", "www.example.com", "example.com")
    assert [*edge.look(whole), *names.records(whole)] == []
    lacking = named("shop.example.com", "www.example.com")
    assert [(each.id, each.what.rpartition(", expected ")[2]) for each in edge.look(lacking)] == [
        ("DOCTOR-DISTRIBUTION", "example.com"),
        ("DOCTOR-CERTIFICATE", "example.com"),
    ]
    where = ["PRIMARY record of example.com", "SECONDARY record of example.com"]
    assert [each.where for each in names.records(lacking)] == where


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ({"AcceleratedRecoveryStatus": "ENABLED"}, []),
        ({"AcceleratedRecoveryStatus": "ENABLING"}, []),
        ({"AcceleratedRecoveryStatus": "ENABLE_FAILED"}, ["has accelerated recovery ENABLE_FAILED, expected ENABLED"]),
        ({"AcceleratedRecoveryStatus": "DISABLED"}, ["has accelerated recovery DISABLED, expected ENABLED"]),
        ({}, ["has accelerated recovery not enabled, expected ENABLED"]),
    ],
)
def test_a_zone_without_accelerated_recovery_is_named_with_the_command(features, found):
    client = SimpleNamespace(get_hosted_zone=lambda Id: {"HostedZone": {"Features": features}})  # noqa: N803
    told = list(names.recovery(Deployment(site(), account(route53=client))))
    assert [each.what for each in told] == found
    assert all("--hosted-zone-id Z0123456789ABCDEFGHIJ --enable" in each.remedy for each in told)


@pytest.mark.parametrize(("rule", "found"), [({"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}, 0), ({}, 2)])
def test_buckets_that_take_customers_keys_are_named(rule, found):
    answer = {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    client = SimpleNamespace(get_bucket_encryption=lambda Bucket: answer)  # noqa: N803
    told = list(copies.customer_keys(Deployment(site(), account(s3=client))))
    assert [each.id for each in told] == ["DOCTOR-SSE-C"] * found


def test_a_bucket_without_a_default_encryption_takes_customers_keys():
    def refuse(**_):
        raise ClientError({"Error": {"Code": "ServerSideEncryptionConfigurationNotFoundError"}}, "GetBucketEncryption")

    client = SimpleNamespace(get_bucket_encryption=refuse)
    assert len(list(copies.customer_keys(Deployment(site(), account(s3=client))))) == 2
