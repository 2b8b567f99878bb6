"""What CloudFront's API changes is what viewers meet at once, and each account has what it made itself."""

import contextlib
import json

import boto3
import pytest
import run_keys
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

OTHER = "210987654321"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


class Edge:
    """A bucket that admits CloudFront alone, and the distribution before it, all made by the API."""

    def __init__(self, embedded, bucket, cloudfront=None):
        self.embedded, self.bucket = embedded, bucket
        self.cloudfront = cloudfront or embedded.client("cloudfront")
        self.control = self.cloudfront.create_origin_access_control(OriginAccessControlConfig=control(bucket))
        config = {
            "CallerReference": bucket,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [self.origin()]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
                "CachePolicyId": CACHING_DISABLED,
            },
        }
        made = self.cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
        self.id, self.domain = made["Id"], made["DomainName"]

    def origin(self):
        return {
            "Id": "o",
            "DomainName": f"{self.bucket}.s3.us-east-1.amazonaws.com",
            "OriginAccessControlId": self.control["OriginAccessControl"]["Id"],
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        }

    def change(self, **changes):
        found = self.cloudfront.get_distribution_config(Id=self.id)
        config = found["DistributionConfig"] | changes
        self.cloudfront.update_distribution(Id=self.id, IfMatch=found["ETag"], DistributionConfig=config)

    def get(self, path="/a"):
        return self.embedded.viewer("cloudfront", self.domain, path)


def control(name, behavior="always"):
    return {
        "Name": name,
        "SigningProtocol": "sigv4",
        "SigningBehavior": behavior,
        "OriginAccessControlOriginType": "s3",
    }


@pytest.fixture
def edge(embedded, unique):
    s3, bucket = embedded.client("s3"), unique("edge")
    s3.create_bucket(Bucket=bucket)
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    return Edge(embedded, bucket)


def test_a_change_of_a_distribution_reaches_viewers_at_once(edge):
    assert edge.get().status == 200
    edge.change(Enabled=False)
    assert edge.get().status == 403
    edge.change(Enabled=True)
    assert edge.get().status == 200
    edge.change(DefaultRootObject="a")
    assert edge.get("/").body == b"a"


def test_a_deleted_distribution_answers_no_longer(edge):
    assert edge.get().status == 200
    edge.change(Enabled=False)
    etag = edge.cloudfront.get_distribution(Id=edge.id)["ETag"]
    edge.cloudfront.delete_distribution(Id=edge.id, IfMatch=etag)
    assert b"can't connect to the server" in edge.get().body
    assert edge.embedded.api("GET", f"/_breakable/resolve?name={edge.domain}&scheme=https")[0] == 404


def test_an_origin_access_control_that_signs_no_longer_is_kept_out(edge):
    assert edge.get().status == 200
    changed = control(edge.bucket, "never")
    identifier, etag = edge.control["OriginAccessControl"]["Id"], edge.control["ETag"]
    edge.cloudfront.update_origin_access_control(Id=identifier, IfMatch=etag, OriginAccessControlConfig=changed)
    assert edge.get().status == 403


def test_a_function_runs_when_it_is_published_and_associated(edge, unique):
    name, config = unique("function"), {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    code = b"function handler(event) { event.request.uri = '/a'; return event.request; }"
    made = edge.cloudfront.create_function(Name=name, FunctionConfig=config, FunctionCode=code)
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    behavior = edge.cloudfront.get_distribution_config(Id=edge.id)["DistributionConfig"]["DefaultCacheBehavior"]
    association = {"EventType": "viewer-request", "FunctionARN": arn}
    behavior["FunctionAssociations"] = {"Quantity": 1, "Items": [association]}
    with pytest.raises(ClientError, match="must be published in the LIVE stage"):
        edge.change(DefaultCacheBehavior=behavior)
    edge.cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
    edge.change(DefaultCacheBehavior=behavior)
    assert edge.get("/elsewhere").body == b"a"


def test_an_account_uses_what_it_made_itself(embedded, edge, unique):
    keys = run_keys.of(embedded.secret, OTHER)
    other = boto3.client("cloudfront", region_name="us-east-1", endpoint_url=embedded.ready["endpoint"], **keys)
    with contextlib.closing(other):
        found = Edge(embedded, unique("other"), other)
        assert [each["Id"] for each in other.list_distributions()["DistributionList"]["Items"]] == [found.id]
        with pytest.raises(ClientError, match="origin access control does not exist"):
            found.change(Origins={"Quantity": 1, "Items": [edge.origin()]})
