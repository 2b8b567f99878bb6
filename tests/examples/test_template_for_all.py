"""An app of which nothing is known when it is synthesized."""

import json

import pytest
from cdk_templates import text
from foreign_apps import nag_findings, synthesized
from site_stacks import find


@pytest.fixture(scope="module")
def template():
    return synthesized("template_for_all")["Failover"]


def test_no_name_is_in_the_template(template):
    assert "example" not in json.dumps(template["Resources"])
    assert set(template["Parameters"]) - {"BootstrapVersion"} == {
        "BucketName",
        "CertificateArn",
        "CopyName",
        "CopyRegion",
        "HostsService",
        "Hostname",
        "LogBucketName",
        "OtherProvider",
        "Prefix",
        "RuleId",
        "TopicArn",
        "ZoneId",
        "ZoneName",
    }


def test_what_the_parameters_say_is_where_it_counts(template):
    (distribution,) = find(template, "AWS::CloudFront::Distribution")
    assert distribution["DistributionConfig"]["Aliases"] == [{"Ref": "Hostname"}]
    records = {each["Failover"]: each for each in find(template, "AWS::Route53::RecordSet")}
    assert {text(each["Name"]) for each in records.values()} == {"<Hostname>."}
    assert [text(each) for each in records["SECONDARY"]["ResourceRecords"]] == ["<OtherProvider>"]
    source = next(each for each in find(template, "AWS::S3::Bucket") if "ReplicationConfiguration" in each)
    (rule,) = source["ReplicationConfiguration"]["Rules"]
    assert (text(rule["Id"]), text(rule["Filter"]["Prefix"])) == ("<RuleId>", "<Prefix>")
    names = {text(each["AlarmName"]) for each in find(template, "AWS::CloudWatch::Alarm")}
    assert "<Hostname>/failover-unhealthy" in names


def test_cdk_nag_finds_nothing():
    assert nag_findings("template_for_all") == set()
