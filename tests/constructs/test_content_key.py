import pytest
from cdk_templates import new_stack, properties, resource, statements, text

from s3_failover_constructs import ContentBucket, ContentKey, HealthObject, PrimaryBucket, key_alias_arn


def keyed(**admitted):
    stack = new_stack()
    key = ContentKey(stack, "Key", alias="alias/site", description="Encrypts the site")
    key.admit_distributions(**admitted)
    ContentBucket(stack, "Content", bucket_name="content", encryption_key=key.key)
    return stack


def admission(stack):
    (found,) = [
        s
        for s in properties(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if s.get("Sid") == "DistributionDecrypts"
    ]
    return found


def test_key_is_rotated_kept_and_known_by_its_alias():
    stack = keyed()
    assert properties(stack, "AWS::KMS::Key")["EnableKeyRotation"] is True
    key = resource(stack, "AWS::KMS::Key")
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert properties(stack, "AWS::KMS::Alias")["AliasName"] == "alias/site"


def test_bucket_uses_the_key_with_a_bucket_key_so_that_kms_is_not_asked_for_every_object():
    (rule,) = properties(keyed(), "AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert text(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]).startswith("<Key")


def test_distributions_of_the_account_may_decrypt_and_nothing_more():
    found = admission(keyed())
    assert (found["Principal"], found["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "kms:Decrypt")
    source = text(found["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:aws:cloudfront::<AWS::AccountId>:distribution/*"


def test_once_it_is_known_only_the_one_distribution_may_decrypt_also_of_another_account():
    found = admission(keyed(distribution_id="E2QWRUHAPOMQZL", account="111122223333"))
    source = text(found["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:aws:cloudfront::111122223333:distribution/E2QWRUHAPOMQZL"


@pytest.mark.parametrize(("argument", "wrong"), [("distribution_id", "d1"), ("account", "1")])
def test_what_is_no_id_is_refused(argument, wrong):
    with pytest.raises(ValueError, match=f"^{argument}: got '{wrong}', expected a "):
        keyed(**{argument: wrong})


def test_an_alias_of_another_region_is_spelled():
    assert key_alias_arn("alias/site", region="eu-west-1", account="111122223333").endswith(
        ":kms:eu-west-1:111122223333:alias/site"
    )


def test_health_checkers_need_no_key():
    stack = new_stack()
    key = ContentKey(stack, "Key", alias="alias/site", description="Encrypts the site")
    primary = PrimaryBucket(stack, "P", bucket_name="primary", health_key="health.txt", encryption_key=key.key)
    HealthObject(stack, "Health", bucket=primary.bucket, key="health.txt")
    assert not any("kms" in str(s["Action"]) for s in statements(stack, "AWS::IAM::Policy").values())
    assert "kms" not in str(statements(stack))
