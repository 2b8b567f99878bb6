"""Quotas of the account before a deployment."""

from fake_accounts import ACCOUNT, account, refusal
from preflight_ground import Paged, findings, ground
from sites import site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.operations.deployment import Deployment
from s3_failover.operations.doctor import quotas as doctor
from s3_failover.operations.preflight import (
    quotas,
)
from s3_failover.operations.preflight.ground import PreflightPlan


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
    assert exceeded(checks=195) == []


def test_health_checks_beyond_the_quota_of_the_account():
    assert exceeded(checks=196) == ["health checks"]
    assert exceeded(checks=196, check_limit=300) == []
    assert exceeded(site(mode="hybrid"), checks=196) == ["health checks"]


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


def warned(more="", **told):
    there = account(**quota(**told))
    return list(doctor.look(Deployment(site(more=more), there)))


def test_a_doctor_warns_before_a_quota_is_used_up_and_says_whose():
    assert warned(checks=180) == []
    (found,) = warned(checks=181)
    assert (found.id, found.where) == ("DOCTOR-QUOTA", f"health checks of account {ACCOUNT}")
    assert found.what == "are 181 of 200, expected at most 90 %"
    assert warned("alarms = { quota_percent = 95 }", checks=181) == []


def test_a_doctor_may_count_what_it_counts():
    allowed = {action for each in doctor.needs(site(), account()) for action in each["Action"]}
    assert {"route53:GetAccountLimit", "iam:GetAccountSummary", "servicequotas:GetServiceQuota"} < allowed
    assert {each.action for each in quotas.QUOTAS} < allowed
