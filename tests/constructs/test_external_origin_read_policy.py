from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, properties, text

from s3_failover_constructs import ExternalOriginReadPolicy


def test_another_cdn_may_read_and_list_one_bucket_and_nothing_else():
    stack = new_stack()
    ExternalOriginReadPolicy(stack, "Policy", bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "copy"))
    found = properties(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert [(s["Effect"], s["Action"], text(s["Resource"])) for s in found] == [
        ("Allow", "s3:GetObject", "arn:aws:s3:::copy/*"),
        ("Allow", "s3:ListBucket", "arn:aws:s3:::copy"),
    ]


def test_it_may_decrypt_with_a_key_of_the_region_through_s3_for_the_one_bucket():
    stack = new_stack("us-west-2")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="copy", region="us-west-2")
    ExternalOriginReadPolicy(stack, "Policy", bucket=bucket, encrypted=True)
    *_, decrypt = properties(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert (decrypt["Effect"], decrypt["Action"]) == ("Allow", "kms:Decrypt")
    assert text(decrypt["Resource"]) == "arn:<AWS::Partition>:kms:us-west-2:<AWS::AccountId>:key/*"
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": ["s3.us-west-2.amazonaws.com"]}
    assert [text(arn) for arn in decrypt["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]] == [
        "arn:aws:s3:::copy",
        "arn:aws:s3:::copy/*",
    ]
