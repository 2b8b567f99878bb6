from aws_cdk import aws_s3 as s3
from cdk_templates import new_stack, properties, text

from s3_failover_constructs import OriginPolicy


def test_another_cdn_may_read_and_list_one_bucket_and_nothing_else():
    stack = new_stack()
    OriginPolicy(stack, "Policy", bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "copy"))
    found = properties(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert [(s["Effect"], s["Action"], text(s["Resource"])) for s in found] == [
        ("Allow", "s3:GetObject", "arn:aws:s3:::copy/*"),
        ("Allow", "s3:ListBucket", "arn:aws:s3:::copy"),
    ]
