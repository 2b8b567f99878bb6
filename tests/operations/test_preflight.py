"""What a preflight finds before a deployment, and what it does not; AWS and DNS are imitated."""

import json
import threading

import dns.resolver
import pytest
from botocore.exceptions import EndpointConnectionError
from fake_accounts import ACCOUNT, account, refusal
from sites import site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.errors import UserError
from s3_failover.operations import enabled_regions
from s3_failover.operations.account import Account
from s3_failover.operations.deployment import Stack
from s3_failover.operations.findings import Severity
from s3_failover.operations.preflight import (
    aliases,
    apart,
    bootstrap,
    buckets,
    deployed,
    examination,
    names,
    public_access,
    quotas,
    records,
    regions,
    removed,
    zone,
)
from s3_failover.operations.preflight.finding import CATALOGUE
from s3_failover.operations.preflight.ground import Ground, PreflightPlan
from s3_failover.operations.preflight.look import Look
from s3_failover.operations.refusals import DeniedError

EVERYWHERE = frozenset({"eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"})
HTTPS = 'secondary = { type = "https" }'
EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.org" }'
APART = f'account = "{ACCOUNT}"\nreplica_account = "222222222222"'


def ground(of=None, *, stacks=(), enabled=EVERYWHERE, listed=None, plan=None, **services):
    found = {(stack.role, stack.region): stack for stack in stacks}
    return Ground(plan or PreflightPlan(of or site()), account(**services), enabled, found, listed or {})


def stack(role, region, *resources, status="CREATE_COMPLETE", of=None, **more):
    named = (of or site()).naming.stack(role, region)
    return Stack(role, named, region, status, resources, **more)


def findings(subject, on):
    return [finding for look in subject.looks(on) for finding in look.find()]


def ids(subject, on):
    return [finding.id for finding in findings(subject, on)]


class Control:
    """S3 Control with settings of the account."""

    def __init__(self, **on):
        self.on = on

    def get_public_access_block(self, AccountId):  # noqa: N803
        if not self.on:
            raise refusal("NoSuchPublicAccessBlockConfiguration", "GetPublicAccessBlock", 404)
        return {"PublicAccessBlockConfiguration": self.on}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"BlockPublicAcls": True, "IgnorePublicAcls": True}, []),
        ({"BlockPublicPolicy": True}, ["has BlockPublicPolicy on, expected off"]),
        ({"RestrictPublicBuckets": True, "BlockPublicPolicy": False}, ["has RestrictPublicBuckets on, expected off"]),
    ],
)
def test_block_public_access_of_the_account_forbids_a_website(settings, found):
    told = findings(public_access, ground(s3control=Control(**settings)))
    assert [each.what for each in told] == found
    assert all(f"--account-id {ACCOUNT}" in each.remedy for each in told)


@pytest.mark.parametrize("more", [HTTPS, EXTERNAL, APART])
def test_block_public_access_is_not_asked_where_no_bucket_of_the_account_is_public(more):
    assert ids(public_access, ground(site(more=more))) == []


def test_an_account_that_holds_the_replicas_cannot_be_asked():
    of = site(more=APART)
    (finding,) = findings(apart, ground(of))
    assert finding.severity is Severity.UNKNOWN
    assert "aws s3control get-public-access-block --account-id 222222222222 --region eu-central-1" in finding.remedy
    assert "aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version --region eu-central-1" in finding.remedy
    assert ids(apart, ground(of, stacks=[stack(StackRole.PRIMARY, "eu-west-1", of=of)])) == []
    assert not [each for each in buckets.wanted(of, ACCOUNT) if each.name == "shop.example.com"]


class Buckets:
    """S3 with buckets by name and region; None for another account's, "hidden" for one that may not be looked at."""

    def __init__(self, **places):
        self.places = places

    def head_bucket(self, Bucket, **_):  # noqa: N803
        name = Bucket.replace("-", "_").replace(".", "_")
        if name not in self.places:
            raise refusal("404", "HeadBucket", 404)
        if self.places[name] in (None, "hidden"):
            raise refusal("403", "HeadBucket", 403)
        return {"BucketRegion": self.places[name]}

    def get_paginator(self, _):
        return self

    def paginate(self, Prefix):  # noqa: N803
        hidden = Prefix.replace("-", "_").replace(".", "_") if "hidden" in self.places.values() else ""
        return [{"Buckets": [{"Name": Prefix}] if hidden in self.places else []}]


class Stacks:
    """CloudFormation with stacks by what they have."""

    def __init__(self, **having):
        self.having = having

    def describe_stack_resources(self, PhysicalResourceId):  # noqa: N803
        name = PhysicalResourceId.replace(".", "_")
        if name not in self.having:
            raise refusal("ValidationError", "DescribeStackResources")
        return {"StackResources": [{"StackName": self.having[name]}]}


def on_buckets(of=None, stacks=(), holders=None, **places):
    return ground(of, stacks=stacks, s3=Buckets(**places), cloudformation=Stacks(**(holders or {})))


def test_free_names_of_buckets_are_fine():
    assert ids(buckets, on_buckets()) == []


def test_a_bucket_of_the_stack_that_makes_it_is_fine():
    website = stack(StackRole.WEBSITE, "eu-central-1", ("AWS::S3::Bucket", "shop.example.com"))
    assert ids(buckets, on_buckets(stacks=[website], shop_example_com="eu-central-1")) == []


def test_a_bucket_of_no_stack_is_to_be_adopted():
    (finding,) = findings(buckets, on_buckets(shop_example_com="eu-central-1"))
    assert finding.id == "PREFLIGHT-BUCKET-ADOPT"
    assert f'set account = "{ACCOUNT}"' in finding.remedy
    assert "npx cdk deploy --all --import-existing-resources" in finding.remedy
    named = site(more=f'account = "{ACCOUNT}"')
    (finding,) = findings(buckets, on_buckets(named, shop_example_com="eu-central-1"))
    assert "set account" not in finding.remedy


def test_a_bucket_of_another_stack_is_named_with_it():
    found = on_buckets(shop_example_com="eu-central-1", holders={"shop_example_com": "old-site"})
    (finding,) = findings(buckets, found)
    assert (finding.id, "old-site" in finding.what) == ("PREFLIGHT-BUCKET-STACK", True)


def test_a_bucket_in_another_region_is_named_with_it():
    found = on_buckets(shop_example_com="us-east-2", holders={"shop_example_com": "s3-failover-website-us-east-2"})
    (finding,) = findings(buckets, found)
    assert finding.id == "PREFLIGHT-BUCKET-REGION"
    assert "exists in us-east-2, in the stack s3-failover-website-us-east-2, expected in eu-central-1" in finding.what
    assert "s3-failover backfill shop" in finding.remedy


def test_a_bucket_of_another_account():
    assert ids(buckets, on_buckets(shop_example_com=None)) == ["PREFLIGHT-BUCKET-ACCOUNT"]


def test_a_bucket_of_ours_that_may_not_be_looked_at_is_no_other_account_s():
    with pytest.raises(DeniedError, match="expected the permission s3:ListBucket"):
        findings(buckets, on_buckets(shop_example_com="hidden"))


EXISTING = 'existing = { primary_bucket = "mine", log_buckets = { eu-central-1 = "logs" } }'


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ({"mine": "eu-west-1", "logs": "eu-central-1"}, []),
        ({"mine": None, "logs": "eu-central-1"}, []),
        ({"logs": "eu-central-1"}, ["PREFLIGHT-BUCKET-MISSING"]),
        ({"mine": "us-east-1", "logs": "eu-central-1"}, ["PREFLIGHT-BUCKET-REGION"]),
        ({}, ["PREFLIGHT-BUCKET-MISSING"] * 2),
    ],
)
def test_existing_buckets_must_be_there(places, found):
    assert ids(buckets, on_buckets(site(more=EXISTING), **places)) == found


class Paged:
    """A service of which every list has the same pages."""

    def __init__(self, *pages, **answers):
        self.pages, self.answers = pages, answers

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return self.pages

    def __getattr__(self, name):
        def answer(**parameters):
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


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


def record(name, kind="CNAME", **more):
    return {"Name": f"{name}.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": "old.example.net"}], **more}


PAIR = [record("shop.example.com", Failover=role) for role in ("PRIMARY", "SECONDARY")]
EDGE_WITH_RECORDS = stack(StackRole.EDGE, EDGE_REGION, ("AWS::Route53::RecordSet", "shop.example.com"))


def on_records(*found, of=None, stacks=()):
    return ground(of, stacks=stacks, route53=Paged(list_resource_record_sets={"ResourceRecordSets": list(found)}))


def test_a_free_name_of_a_record_is_fine():
    assert ids(records, on_records(record("shop2.example.com"))) == []


@pytest.mark.parametrize("kind", ["CNAME", "A", "TXT"])
def test_a_record_in_the_way_is_removed_by_the_printed_command(kind):
    (finding,) = findings(records, on_records(record("shop.example.com", kind)))
    assert finding.id == "PREFLIGHT-RECORD"
    batch = json.loads(finding.remedy.partition("--change-batch '")[2].partition("'`")[0])
    assert batch["Changes"] == [{"Action": "DELETE", "ResourceRecordSet": record("shop.example.com", kind)}]


@pytest.mark.parametrize(
    ("name", "kind", "moves"),
    [
        ("shop.example.com", "A", True),
        ("shop.example.com", "CNAME", True),
        ("shop.example.com", "TXT", False),
        ("shop-secondary-eu-central-1.example.com", "A", False),
        ("example.com", "A", False),
    ],
)
def test_a_record_that_viewers_may_use_can_be_replaced_last(name, kind, moves):
    of = site(hostname="example.com") if name == "example.com" else site(more=HTTPS)
    (finding,) = findings(records, on_records(record(name, kind), of=of))
    assert ("record_name" in finding.remedy) == ("docs/operate/moving.md" in finding.remedy) == moves


def test_the_failover_pair_is_in_the_way_where_no_stack_has_it():
    assert ids(records, on_records(*PAIR)) == ["PREFLIGHT-RECORD"] * 2
    assert ids(records, on_records(*PAIR, stacks=[EDGE_WITH_RECORDS])) == []
    assert ids(records, on_records(*PAIR, stacks=[stack(StackRole.EDGE, EDGE_REGION)])) == ["PREFLIGHT-RECORD"] * 2


def test_beside_records_at_an_apex_others_may_stand():
    apex = site(hostname="example.com")
    beside = [record("example.com", kind) for kind in ("NS", "SOA", "MX", "TXT")]
    assert ids(records, on_records(*beside, of=apex)) == []
    assert ids(records, on_records(record("example.com", "AAAA"), of=apex)) == ["PREFLIGHT-RECORD-BESIDE"]
    assert ids(records, on_records(record("example.com", "A"), of=apex)) == ["PREFLIGHT-RECORD"]


def test_the_two_names_of_an_https_secondary_are_looked_at():
    of = site(more=HTTPS)
    there = [record(of.endpoint_name), record(of.endpoint_check_name, "A")]
    assert ids(records, on_records(*there, of=of)) == ["PREFLIGHT-RECORD"] * 2
    made = stack(StackRole.HTTPS, "eu-central-1", ("AWS::Route53::RecordSet", of.endpoint_name))
    assert ids(records, on_records(record(of.endpoint_name), of=of, stacks=[made])) == []


def test_records_of_a_zone_that_is_not_there_are_not_looked_at():
    gone = Paged(list_resource_record_sets=refusal("NoSuchHostedZone", "ListResourceRecordSets", 404))
    assert ids(records, ground(route53=gone)) == []
    assert ids(records, ground(site(zone='name = "example.com", create = true'))) == []


def test_a_delegation_of_the_zone_that_is_made_is_in_the_way():
    parent = 'parent = { id = "Z0123456789ABCDEFGHIJ", name = "example.com" }'
    of = site(hostname="www.shop.example.com", zone=f'name = "shop.example.com", create = true, {parent}')
    assert ids(records, on_records(record("shop.example.com", "NS"), of=of)) == ["PREFLIGHT-RECORD"]
    made = stack(StackRole.ZONE, EDGE_REGION, ("AWS::Route53::RecordSet", "shop.example.com"), of=of)
    assert ids(records, on_records(record("shop.example.com", "NS"), of=of, stacks=[made])) == []


def distributions(*conflicts, **found):
    items = [{"Id": identifier, "Aliases": {"Items": names}} for identifier, names in found.items()]
    page = {"DistributionList": {"Items": items} if items else {}}
    return Paged(page, list_domain_conflicts={"DomainConflicts": list(conflicts)})


EDGE = stack(StackRole.EDGE, EDGE_REGION, ("AWS::CloudFront::Distribution", "EOWN"))


def test_an_alias_that_nothing_has_is_fine():
    assert ids(aliases, ground(cloudfront=distributions())) == []
    own = distributions(EOWN=["shop.example.com"], E2=["blog.example.com", "*.shop.example.com"])
    assert ids(aliases, ground(stacks=[EDGE], cloudfront=own)) == []


def test_an_alias_of_another_distribution():
    taken = distributions(E1=["Shop.Example.com"])
    (finding,) = findings(aliases, ground(cloudfront=taken))
    assert (finding.id, finding.where) == ("PREFLIGHT-ALIAS", "distribution E1 of this account")
    assert "give the distribution *.example.com in its place" in finding.remedy


def test_an_apex_has_no_wildcard_that_serves_it_meanwhile():
    (finding,) = findings(aliases, ground(site(hostname="example.com"), cloudfront=distributions(E1=["example.com"])))
    assert "*" not in finding.remedy
    assert "an apex cannot move without failing" in finding.remedy


def test_a_wildcard_of_this_account_overlaps_and_one_of_another_account_is_in_the_way():
    ours = {"Domain": "*.example.com", "ResourceType": "distribution", "ResourceId": "***E1", "AccountId": "***789012"}
    theirs = ours | {"ResourceId": "***XYZ", "AccountId": "******999999"}
    wild = {"E1": ["*.example.com"]}
    assert ids(aliases, ground(cloudfront=distributions(ours, **wild))) == ["PREFLIGHT-ALIAS-OVERLAP"]
    found = findings(aliases, ground(cloudfront=distributions(ours, theirs, **wild)))
    assert [each.id for each in found] == ["PREFLIGHT-ALIAS-OVERLAP", "PREFLIGHT-ALIAS"]
    assert "***XYZ of account ******999999" in found[1].where


def test_a_tenant_of_this_account_that_has_the_hostname():
    tenant = {"Domain": "shop.example.com", "ResourceType": "distribution-tenant", "AccountId": "***789012"}
    found = distributions(tenant, EOWN=["shop.example.com"])
    assert ids(aliases, ground(stacks=[EDGE], cloudfront=found)) == ["PREFLIGHT-ALIAS"]


def zones(name="example.com.", private=False, **more):
    found = {"Name": name, "Config": {"PrivateZone": private}}
    return Paged(get_hosted_zone={"HostedZone": found, "DelegationSet": {"NameServers": ["ns-1.example."]}}, **more)


def on_zone(route53, resolver=None):
    return ground(plan=PreflightPlan(site(), resolver=resolver, asks_dns=resolver is not None), route53=route53)


@pytest.mark.parametrize(
    ("route53", "found"),
    [
        (zones(), []),
        (zones(private=True), ["is private, expected a public zone, which the world asks"]),
        (zones("example.org."), ["is the zone of example.org, expected example.com"]),
        (
            Paged(get_hosted_zone=refusal("NoSuchHostedZone", "GetHostedZone", 404)),
            [f"is not in account {ACCOUNT}, expected the public zone of example.com there"],
        ),
        (
            Paged(
                get_hosted_zone=refusal("AccessDenied", "GetHostedZone", 403),
                list_hosted_zones_by_name={"HostedZones": [{"Id": "/hostedzone/ZOTHER"}]},
            ),
            [f"is not in account {ACCOUNT}, expected the public zone of example.com there"],
        ),
    ],
)
def test_the_hosted_zone(route53, found):
    assert [each.what for each in findings(zone, on_zone(route53))] == found


def test_a_zone_of_ours_that_may_not_be_looked_at_is_not_another_account_s():
    hidden = Paged(
        get_hosted_zone=refusal("AccessDenied", "GetHostedZone", 403),
        list_hosted_zones_by_name={"HostedZones": [{"Id": f"/hostedzone/{site().hosted_zone.id}"}]},
    )
    with pytest.raises(DeniedError):
        findings(zone, on_zone(hidden))


class World:
    """A resolver that knows name servers and CAA records."""

    def __init__(self, servers=("ns-1.example.",), **caa):
        self.servers, self.caa = servers, caa

    def resolve(self, name, kind):
        if kind == "NS":
            return [type("NS", (), {"target": each}) for each in self.servers]
        found = self.caa.get(name.rstrip(".").replace(".", "_"))
        if found is None:
            raise dns.resolver.NXDOMAIN
        if isinstance(found, Exception):
            raise found
        return [type("CAA", (), {"tag": tag.encode(), "value": value.encode()}) for tag, value in found]


def test_a_zone_that_the_world_does_not_ask():
    assert ids(zone, on_zone(zones(), World())) == []
    assert ids(zone, on_zone(zones(), World(servers=("ns-9.parked.",)))) == ["PREFLIGHT-DELEGATION"]


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, []),
        ({"example_com": [("issue", "letsencrypt.org")]}, ["CAA records of example.com"]),
        ({"com": [("issue", "letsencrypt.org")]}, ["CAA records of com"]),
        ({"example_com": [("issue", "letsencrypt.org"), ("issue", "Amazon.com; policy=ev")]}, []),
        ({"example_com": [("issue", "awstrust.com")]}, []),
        ({"example_com": [("iodef", "mailto:a@example.com"), ("issuewild", ";")]}, []),
        ({"example_com": [("issue", ";")]}, ["CAA records of example.com"]),
        ({"shop_example_com": [("issue", "amazon.com")], "example_com": [("issue", "letsencrypt.org")]}, []),
        ({"com": dns.resolver.NoNameservers()}, []),
    ],
)
def test_caa_records_must_let_amazon_issue(records, found):
    assert [each.where for each in findings(zone, on_zone(zones(), World(**records)))] == found


def test_caa_records_that_cannot_be_resolved_are_not_known():
    with pytest.raises(UserError, match="cannot resolve the CAA records of"):
        findings(zone, on_zone(zones(), World(example_com=dns.resolver.NoNameservers())))


def test_names_for_which_no_certificate_is_made_need_no_caa():
    arn = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000"
    assert zone.certified(site(more=f'certificate_arn = "{arn}"')) == []
    of = site(more=f'certificate_arn = "{arn}"\n{HTTPS}')
    assert zone.certified(of) == ["shop.example.com", of.endpoint_check_name]


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


@pytest.mark.parametrize(("version", "what"), [("5", "has version 5"), ("many", "has version 0"), (None, "is missing")])
def test_a_bootstrap_that_is_missing_or_old(version, what):
    missing = refusal("ParameterNotFound", "GetParameter")
    ssm = Paged(get_parameter={"Parameter": {"Value": version}} if version else missing)
    found = findings(bootstrap, ground(ssm=ssm))
    assert [each.where.rpartition(" ")[2] for each in found] == ["eu-west-1", "eu-central-1", "us-east-1"]
    assert found[0].what == f"{what}, expected version 6 or newer"
    assert found[0].remedy == f"`npx cdk bootstrap aws://{ACCOUNT}/eu-west-1`"


def test_a_bootstrap_with_a_qualifier_of_its_own():
    ssm = Paged(get_parameter=refusal("ParameterNotFound", "GetParameter"))
    plan = PreflightPlan(site(), qualifier="mine")
    assert findings(bootstrap, ground(plan=plan, ssm=ssm))[0].remedy.endswith("/eu-west-1 --qualifier mine`")
    (look, *_) = bootstrap.looks(ground(plan=plan, ssm=ssm))
    assert look.needs[0]["Resource"][0].endswith("parameter/cdk-bootstrap/mine/version")
    assert ids(bootstrap, ground(ssm=Paged(get_parameter={"Parameter": {"Value": "6"}}))) == []


def quota(used=0, limit=None, checks=0, check_limit=200, roles=0):
    told = {"Quota": {"Value": float(limit)}} if limit else refusal("NoSuchResourceException", "GetServiceQuota")
    items = [{}] * used
    kinds = {
        "list_distributions": "DistributionList",
        "list_functions": "FunctionList",
        "list_response_headers_policies": "ResponseHeadersPolicyList",
        "list_origin_request_policies": "OriginRequestPolicyList",
        "list_origin_access_controls": "OriginAccessControlList",
    }
    pages = {method: {answer: {"Items": items} if items else {}} for method, answer in kinds.items()}
    return {
        "cloudfront": Paged(**pages),
        "s3": Paged({"Buckets": items}),
        "service-quotas": Paged(get_service_quota=told),
        "route53": Paged(get_account_limit={"Count": checks, "Limit": {"Value": check_limit}}),
        "iam": Paged(get_account_summary={"SummaryMap": {"Roles": roles, "RolesQuota": 1000}}),
    }


def exceeded(of=None, plan=None, listed=None, **told):
    found = findings(quotas, ground(of, plan=plan, listed=listed, **quota(**told)))
    assert all(each.id == "PREFLIGHT-QUOTA" for each in found)
    return [each.where.removesuffix(f" of account {ACCOUNT}") for each in found]


def test_quotas_that_suffice():
    assert exceeded() == []
    assert exceeded(checks=196) == []


def test_health_checks_beyond_the_quota_of_the_account():
    assert exceeded(checks=197) == ["health checks"]
    assert exceeded(checks=197, check_limit=300) == []
    assert exceeded(site(mode="hybrid"), checks=197) == []


def test_roles_beyond_the_quota_of_the_account():
    assert exceeded(roles=997) == []
    assert exceeded(roles=998) == ["IAM roles"]


def test_the_documented_default_is_told_as_such():
    found = findings(quotas, ground(**quota(used=100)))
    assert [each.where.partition(" of account")[0] for each in found] == [
        "CloudFront functions",
        "origin access controls",
    ]
    assert "expected at most 100, the documented default" in found[0].what
    assert exceeded(used=99) == []


def test_a_quota_that_service_quotas_tells():
    assert exceeded(used=7, limit=7) == ["distributions", "buckets"]
    cdn = site(more='[sites.shop.cdn]\nsecurity_headers = true\ndenied_countries = ["AQ"]\nunguarded_secondary = true')
    assert exceeded(cdn, used=20, limit=30) == []
    assert exceeded(cdn, used=20) == ["response headers policies", "origin request policies"]


def test_sites_of_the_file_that_are_deployed_add_nothing():
    blog = site(hostname="blog.example.com", name="blog")
    both = PreflightPlan(site(), (site(), blog))
    assert exceeded(plan=both, checks=195) == ["health checks"]
    there = {EDGE_REGION: ({"StackName": blog.naming.stack(StackRole.EDGE, EDGE_REGION)},)}
    assert exceeded(plan=both, checks=195, listed=there) == []
    elsewhere = site(hostname="far.example.com", name="far", more='account = "999999999999"')
    assert exceeded(plan=PreflightPlan(site(), (site(), elsewhere)), checks=195) == []


PAGES = ({"Items": [1, 2], "NextMarker": "m"}, {"Items": [3]})


def test_all_pages_of_a_list_are_counted():
    class Lists:
        def list_functions(self, Marker=None, **_):  # noqa: N803
            return {"FunctionList": PAGES[1 if Marker == "m" else 0]}

    counted = next(each for each in quotas.QUOTAS if each.what == "CloudFront functions")
    assert counted.used(ground(cloudfront=Lists())) == 3


@pytest.mark.parametrize(
    ("status", "protected", "stops"),
    [
        ("CREATE_COMPLETE", True, False),
        ("UPDATE_ROLLBACK_COMPLETE", False, False),
        ("ROLLBACK_COMPLETE", False, False),
        ("ROLLBACK_COMPLETE", True, True),
        ("REVIEW_IN_PROGRESS", False, False),
        ("ROLLBACK_FAILED", False, True),
        ("DELETE_FAILED", False, True),
        ("UPDATE_ROLLBACK_FAILED", False, True),
        ("UPDATE_IN_PROGRESS", False, True),
    ],
)
def test_states_of_stacks_that_a_deployment_does_not_go_on_from(status, protected, stops):
    edge = stack(StackRole.EDGE, EDGE_REGION, status=status, protected=protected)
    found = findings(deployed, ground(stacks=[edge]))
    assert [each.id for each in found] == ["PREFLIGHT-STACK"] * stops
    assert all("s3-failover doctor" not in each.remedy for each in found)


def test_a_stack_of_another_hostname():
    edge = stack(StackRole.EDGE, EDGE_REGION, owner="blog.example.com")
    (finding,) = findings(deployed, ground(stacks=[edge]))
    assert "belongs to blog.example.com, expected shop.example.com" in finding.what


def test_a_distribution_id_that_is_not_the_deployed_one():
    of = site(more='distribution_id = "E1OLD00000"')
    (finding,) = findings(deployed, ground(of, stacks=[EDGE]))
    assert finding.what == "in the file is E1OLD00000, deployed is EOWN"
    assert 'set distribution_id = "EOWN" below [sites.shop], then deploy' in finding.remedy
    (finding,) = findings(deployed, ground(of))
    assert "remove distribution_id" in finding.remedy
    assert list(deployed.stale(of, "E1OLD00000")) == []


def test_a_region_that_is_protected_before_it_is_deployed():
    of = site(more='protected_regions = ["eu-west-1", "eu-central-1"]')
    there = stack(StackRole.WEBSITE, "eu-central-1")
    (finding,) = findings(deployed, ground(of, stacks=[there]))
    assert (finding.id, finding.severity) == ("PREFLIGHT-PROTECTION", Severity.WARNING)
    assert "remove eu-west-1 from protected_regions of sites.shop" in finding.remedy


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


def refuse(_service, _region):
    denied = Paged()

    def answer(*_, **__):
        raise refusal("AccessDenied", "DescribeStacks", 403)

    denied.__class__ = type("Denied", (), {"__getattr__": lambda self, name: answer})
    return denied


def test_every_look_that_is_denied_says_so_and_what_it_needs():
    report = examination.examine(PreflightPlan(site(), asks_dns=False), Account(ACCOUNT, refuse), say=lambda line: None)
    assert {finding.id for finding in report.findings} == {"PREFLIGHT-UNKNOWN"}
    assert {finding.where for finding in report.findings} == set(report.looked_at) - {"protected_regions"}
    assert all('have this granted: {"Effect": "Allow", "Action"' in finding.remedy for finding in report.findings)
    assert (report.denied, report.stops, report.exit_code) == (True, False, 1)


def test_a_look_that_finds_something_is_told_beside_one_that_is_denied(monkeypatch):
    def looks(_):
        yield Look("denied", lambda: (_ for _ in ()).throw(DeniedError("no", permission="s3:ListBucket")))
        yield Look("found", lambda: deployed.stale(site(more='distribution_id = "E1OLD00000"'), "E2"))

    monkeypatch.setattr(examination, "_SUBJECTS", (looks,))
    report = examination.examine(PreflightPlan(site()), Account(ACCOUNT, refuse), say=lambda line: None)
    assert [finding.id for finding in report.findings] == ["PREFLIGHT-DISTRIBUTION-ID", "PREFLIGHT-UNKNOWN"]
    assert report.exit_code == 2


def test_a_look_that_hangs_is_left_behind(monkeypatch):
    end = threading.Event()

    def looks(_):
        yield Look("hangs", lambda: end.wait() or ())

    monkeypatch.setattr(examination, "_SUBJECTS", (looks,))
    monkeypatch.setattr(examination, "SECONDS", 0.01)
    try:
        report = examination.examine(
            PreflightPlan(site()), Account(ACCOUNT, lambda *_: end.wait()), say=lambda line: None
        )
    finally:
        end.set()
    (finding,) = report.findings
    assert "there was no answer within" in finding.what


def test_every_finding_of_the_catalogue_says_what_it_would_do():
    assert all(effect and not effect.endswith(".") for _, effect in CATALOGUE.values())
