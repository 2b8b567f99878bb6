"""Objects that are encrypted with KMS keys: who reads them, and how they get to another region's key."""

import pytest
from botocore.exceptions import ClientError
from replication_templates import BUCKET_ACTIONS, DESTINATION_ACTIONS, SOURCE_ACTIONS, bucket, rule

pytestmark = pytest.mark.embedded

ACCOUNT = "123456789012"
HERE, FAR = "us-east-1", "eu-west-1"
OWNER = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
CLOUDFRONT = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/*"}},
}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def keyed(name, alias, *admitted, bucket_key=True, **more):
    """A bucket with a key of its own under an alias."""
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    encryption = [{"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}]
    return {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(OWNER, *admitted)}},
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": alias, "TargetKeyId": {"Ref": "Key"}}},
        "B": bucket(name, BucketEncryption={"ServerSideEncryptionConfiguration": encryption}, **more),
    }


def through_s3(region, name, *actions, context=None):
    """The permission to use a region's keys for the objects of a bucket, through S3."""
    return {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": f"arn:aws:kms:{region}:{ACCOUNT}:key/*",
        "Condition": {
            "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": context or f"arn:aws:s3:::{name}"},
        },
    }


class Pair:
    """Two buckets with a key each, the first replicated to the second by a role with some permissions on keys."""

    def __init__(self, embedded, unique, on_keys=None, *, bucket_key=True, selected=True, alias=None):
        self.embedded, self.s3 = embedded, embedded.client("s3")
        self.source, self.destination = unique("source"), unique("destination")
        target = alias or f"alias/{self.destination}"
        replica = {
            "Bucket": f"arn:aws:s3:::{self.destination}",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": f"arn:aws:kms:{FAR}:{ACCOUNT}:{target}"},
        }
        chosen = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}}, "Destination": replica}
        rules = [rule(1, self.destination, **(chosen if selected else {}))]
        on_objects = {"Effect": "Allow", "Action": [*BUCKET_ACTIONS, *SOURCE_ACTIONS, *DESTINATION_ACTIONS]}
        keys = self.on_keys() if on_keys is None else on_keys(self)
        name = f"keys-{self.source}"
        trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = {"PolicyName": "p", "PolicyDocument": document({**on_objects, "Resource": "*"}, *keys)}
        properties = {"RoleName": name, "AssumeRolePolicyDocument": document(trust), "Policies": [policy]}
        embedded.deploy({"R": {"Type": "AWS::IAM::Role", "Properties": properties}})
        embedded.deploy(keyed(self.destination, f"alias/{self.destination}", CLOUDFRONT), region=FAR)
        configuration = {"Role": f"arn:aws:iam::{ACCOUNT}:role/{name}", "Rules": rules}
        source = keyed(
            self.source, f"alias/{self.source}", bucket_key=bucket_key, ReplicationConfiguration=configuration
        )
        embedded.deploy(source)

    def on_keys(self):
        return [
            through_s3(HERE, self.source, "kms:Decrypt"),
            through_s3(FAR, self.destination, "kms:Encrypt", "kms:Decrypt"),
        ]

    def put(self, key="k", **more):
        self.s3.put_object(Bucket=self.source, Key=key, Body=b"1", **more)
        return self.s3.head_object(Bucket=self.source, Key=key)

    def replica(self, key="k"):
        return self.s3.head_object(Bucket=self.destination, Key=key)

    def is_copied(self, key="k"):
        try:
            self.replica(key)
        except ClientError:
            return False
        return True


def test_the_replica_has_the_key_of_its_own_region(embedded, unique):
    pair = Pair(embedded, unique)
    assert pair.put()["ReplicationStatus"] == "COMPLETED"
    assert pair.s3.head_object(Bucket=pair.source, Key="k")["SSEKMSKeyId"].split(":")[3] == HERE
    replica = pair.replica()
    key = embedded.client("kms", FAR).describe_key(KeyId=f"alias/{pair.destination}")["KeyMetadata"]["Arn"]
    assert (replica["ServerSideEncryption"], replica["SSEKMSKeyId"]) == ("aws:kms", key)


def test_an_object_with_s3s_own_encryption_keeps_it_whatever_the_destinations_default_is(embedded, unique):
    pair = Pair(embedded, unique)
    pair.put(ServerSideEncryption="AES256")
    assert pair.replica()["ServerSideEncryption"] == "AES256"


def test_without_selection_objects_with_keys_are_not_replicated_and_do_not_fail(embedded, unique):
    pair = Pair(embedded, unique, selected=False)
    assert "ReplicationStatus" not in pair.put()
    assert not pair.is_copied()
    assert pair.put("plain", ServerSideEncryption="AES256")["ReplicationStatus"] == "COMPLETED"


@pytest.mark.parametrize(
    "on_keys",
    [
        lambda pair: [],
        lambda pair: pair.on_keys()[:1],
        lambda pair: pair.on_keys()[1:],
        lambda pair: [pair.on_keys()[0], through_s3(FAR, pair.destination, "kms:Encrypt")],
        lambda pair: [pair.on_keys()[0], through_s3(FAR, "another", "kms:Encrypt", "kms:Decrypt")],
        lambda pair: [pair.on_keys()[0], through_s3(HERE, pair.destination, "kms:Encrypt", "kms:Decrypt")],
    ],
    ids=["none", "source only", "destination only", "no decrypt", "another bucket", "another region"],
)
def test_a_role_that_may_not_use_the_keys_fails_the_replication(embedded, unique, on_keys):
    pair = Pair(embedded, unique, on_keys)
    assert pair.put()["ReplicationStatus"] == "FAILED"
    assert not pair.is_copied()


def test_a_key_that_is_not_there_is_accepted_and_fails_the_replication(embedded, unique):
    pair = Pair(embedded, unique, alias="alias/nobody")
    assert pair.put()["ReplicationStatus"] == "FAILED"


def through_objects(pair):
    return [through_s3(HERE, "", "kms:Decrypt", context=f"arn:aws:s3:::{pair.source}/*"), pair.on_keys()[1]]


@pytest.mark.parametrize(("on_keys", "status"), [(None, "FAILED"), (through_objects, "COMPLETED")])
def test_without_a_bucket_key_kms_is_asked_for_the_object(embedded, unique, on_keys, status):
    assert Pair(embedded, unique, on_keys, bucket_key=False).put()["ReplicationStatus"] == status


def everybody_reads(name):
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    properties = {"Bucket": {"Ref": "B"}, "PolicyDocument": document(allow)}
    return {"P": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


def test_nobody_reads_an_object_with_a_key_without_credentials_even_where_the_policy_says_so(embedded, unique):
    name = unique("open")
    closed = {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": False, "RestrictPublicBuckets": False}}
    embedded.deploy(keyed(name, f"alias/{name}", **closed) | everybody_reads(name))
    s3 = embedded.client("s3")
    s3.put_object(Bucket=name, Key="secret", Body=b"1")
    s3.put_object(Bucket=name, Key="health", Body=b"1", ServerSideEncryption="AES256")
    host = f"{name}.s3.{HERE}.amazonaws.com"
    assert embedded.viewer("s3", host, "/secret").status == 403
    assert embedded.viewer("s3", host, "/health").status == 200
