"""The parts of two sites in one stack for each region."""

import pytest
from cdk_templates import text
from foreign_apps import nag_findings, synthesized
from site_stacks import find

HOSTNAMES = {"news.example.com", "help.example.com"}


@pytest.fixture(scope="module")
def stacks():
    return synthesized("two_sites")


def test_each_site_has_its_distribution_and_its_website(stacks):
    distributions = find(stacks["Sites"], "AWS::CloudFront::Distribution")
    assert {alias for each in distributions for alias in each["DistributionConfig"]["Aliases"]} == HOSTNAMES
    websites = {each["BucketName"] for each in find(stacks["Copies"], "AWS::S3::Bucket") if "BucketName" in each}
    assert websites == HOSTNAMES


def test_each_site_moves_by_its_own_checks(stacks):
    primaries = [each for each in find(stacks["Sites"], "AWS::Route53::RecordSet") if each["Failover"] == "PRIMARY"]
    assert {each["Name"] for each in primaries} == {f"{name}." for name in HOSTNAMES}
    assert len({text(each["HealthCheckId"]) for each in primaries}) == 2
    kinds = [each["HealthCheckConfig"]["Type"] for each in find(stacks["Sites"], "AWS::Route53::HealthCheck")]
    assert kinds.count("CALCULATED") == 2


def test_each_bucket_is_copied_to_the_website_of_its_site(stacks):
    sources = [each for each in find(stacks["Sites"], "AWS::S3::Bucket") if "ReplicationConfiguration" in each]
    copied = {
        each["BucketName"]: text(each["ReplicationConfiguration"]["Rules"][0]["Destination"]["Bucket"])
        for each in sources
    }
    assert copied == {
        "acme-news": "arn:<AWS::Partition>:s3:::news.example.com",
        "acme-help": "arn:<AWS::Partition>:s3:::help.example.com",
    }


def test_no_name_is_there_twice(stacks):
    alarms = [
        each["AlarmName"]
        for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        for each in find(stacks["Sites"], kind)
    ]
    assert len(alarms) == len(set(alarms)) == 10
    sources = [each["Name"] for each in find(stacks["Sites"], "AWS::Logs::DeliverySource")]
    assert len(sources) == len(set(sources)) == 2


def test_both_tell_one_pair_of_topics(stacks):
    assert len(find(stacks["Sites"], "AWS::SNS::Topic")) == 2


def test_cdk_nag_finds_nothing():
    assert nag_findings("two_sites") == set()
