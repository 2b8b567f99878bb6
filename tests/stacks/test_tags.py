"""The tags of a site: those that tell whose everything is, and those that its owner wants on it."""

import re

import botocore.session
import pytest
from site_stacks import synthesized
from sites import site

from s3_failover.config.rules import MOST_TAGS
from s3_failover.names import tags

WANTED = {"CostCenter": "1234", "Name": "shop"}

NAMED = {"AWS::CertificateManager::Certificate", "AWS::Route53::HealthCheck"}
"""What has a name of its own, which is shown in the console."""

KINDS = {
    "website": "clients = {}",
    "https": 'encryption = "kms"\nsecondary = { type = "https" }\nreplication = { two_way = true }',
    "lambda": 'replication = { engine = "lambda" }',
}


def as_dict(written):
    return written if isinstance(written, dict) else {tag["Key"]: tag["Value"] for tag in written}


def tagged(template):
    """The tags of each resource that has any, by type and logical id; a health check writes them under another name."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for setting in ("Tags", "HealthCheckTags", "HostedZoneTags"):
            if setting in properties:
                yield (resource["Type"], name), as_dict(properties[setting])


@pytest.fixture(scope="module", params=KINDS)
def stacks(request):
    return synthesized(site(more=f'{KINDS[request.param]}\ntags = {{ CostCenter = "1234", Name = "shop" }}'))


def test_stacks_and_everything_in_them_have_the_tags_of_the_site(stacks):
    for stack in stacks.values():
        assert stack.tags == WANTED | {tags.SITE: "shop.example.com"}
        found = dict(tagged(stack.template))
        assert found
        for (kind, name), written in found.items():
            wanted = WANTED | ({"Name": written["Name"]} if kind in NAMED else {})
            assert wanted.items() <= written.items(), name
            assert written[tags.SITE] == "shop.example.com", name


def test_a_health_check_and_a_certificate_keep_the_name_that_the_console_shows(stacks):
    found = dict(tagged(stacks["edge-us-east-1"].template))
    names = [written["Name"] for (kind, _), written in found.items() if kind in NAMED]
    assert len(names) == len(set(names)) >= 3
    assert WANTED["Name"] not in names


def test_no_resource_has_more_tags_than_its_service_takes(stacks):
    for stack in stacks.values():
        for (kind, name), written in tagged(stack.template):
            mine = {key for key in written if key not in WANTED}
            assert MOST_TAGS + len(mine) <= (10 if kind.startswith("AWS::Route53::") else 50), name


LIMITS = {
    "acm": ("TagKey", "TagValue"),
    "cloudformation": ("TagKey", "TagValue"),
    "cloudfront": ("TagKey", "TagValue"),
    "cloudwatch": ("TagKey", "TagValue"),
    "iam": ("tagKeyType", "tagValueType"),
    "kms": ("TagKeyType", "TagValueType"),
    "lambda": ("TagKey", "TagValue"),
    "logs": ("TagKey", "TagValue"),
    "route53": ("TagKey", "TagValue"),
    "sns": ("TagKey", "TagValue"),
}
"""The shapes of a tag's key and value; S3, SQS and API Gateway have none with limits."""


@pytest.mark.parametrize("service", LIMITS)
def test_the_longest_and_shortest_tags_fit_the_model_of_every_service(service):
    model = botocore.session.get_session().get_service_model(service)
    key, value = (model.shape_for(name).metadata for name in LIMITS[service])
    assert key.get("min", 0) <= 1 <= 128 <= key["max"]
    assert value.get("min", 0) <= 1 <= 256 <= value["max"]
    for pattern in filter(None, (key.get("pattern"), value.get("pattern"))):
        admitted = re.search(r"\[(.+)\]", pattern)[1]
        assert set(admitted.replace("\\p{L}", "").replace("\\p{Z}", "").replace("\\p{N}", "").replace("\\", "")) == set(
            "_.:/=+-@"
        )


def test_route_53_takes_ten_tags():
    shape = botocore.session.get_session().get_service_model("route53").shape_for("TagList")
    assert shape.metadata["max"] == MOST_TAGS + len({"Name", tags.SITE})
