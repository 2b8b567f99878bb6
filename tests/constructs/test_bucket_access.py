"""What makes a bucket a primary or a replica can be added to any bucket, and ours are made of the same functions."""

import json

import pytest
from aws_cdk import App, CfnParameter, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from cdk_templates import statements, text
from construct_samples import ARGUMENTS, copy, own, sample_stack

from s3_failover import checkers
from s3_failover_constructs import (
    HEALTH_KEY,
    ContentKey,
    HealthObject,
    PrimaryBucket,
    ReplicaBucket,
    Replication,
    ReplicationDestination,
    WebsiteReplicaBucket,
    admit_account,
    admit_distributions,
    admit_health_checkers,
    admit_replication,
    keep_objects,
    open_website,
)

THERE = "222222222222"
ROLE = f"arn:aws:iam::{THERE}:role/replication"
PUBLIC = s3.BlockPublicAccess(
    block_public_acls=True, ignore_public_acls=True, block_public_policy=False, restrict_public_buckets=False
)
FUNCTIONS = {
    keep_objects: (),
    admit_health_checkers: (),
    admit_distributions: (),
    admit_replication: (ROLE,),
    admit_account: (THERE,),
    open_website: (),
}


def website(scope, **changed):
    options = {"website_index_document": "index.html", "block_public_access": PUBLIC} | changed
    return s3.Bucket(scope, "Website", **options)


def policy(stack):
    return next(iter(Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy").values()))["Properties"]


def meaning(stack):
    """The statements of a stack's one bucket policy, without the bucket's own logical id."""
    written = policy(stack)
    bucket = json.dumps(written["Bucket"]["Ref"])
    return json.loads(json.dumps(written["PolicyDocument"]["Statement"]).replace(bucket, '"BUCKET"'))


def test_a_bucket_of_ones_own_becomes_a_primary_with_the_policy_of_ours():
    ours, theirs = sample_stack(), sample_stack()
    PrimaryBucket(ours, "Primary", bucket_name="content")
    bucket = s3.Bucket(theirs, "Content", enforce_ssl=True)
    keep_objects(bucket)
    admit_health_checkers(bucket)
    admit_distributions(bucket)
    assert meaning(theirs) == meaning(ours)


def test_a_bucket_of_ones_own_becomes_a_website_with_the_policy_of_ours():
    ours, theirs = sample_stack(), sample_stack()
    WebsiteReplicaBucket(ours, "Website", hostname="www.example.com")
    bucket = website(theirs)
    keep_objects(bucket)
    open_website(bucket)
    assert meaning(theirs) == meaning(ours)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (PrimaryBucket, {"bucket_name": "content"}),
        (ReplicaBucket, {"bucket_name": "content"}),
        (WebsiteReplicaBucket, {"hostname": "www.example.com"}),
    ],
)
def test_the_health_objects_key_is_the_configurations_by_default(kind, changes):
    stack = sample_stack()
    kind(stack, "It", **changes)
    assert text(statements(stack)["KeepProtectedKeys"]["Resource"]).endswith(f".Arn>/{HEALTH_KEY}")


def test_checkers_of_ones_own_choice_may_read_one_key():
    stack = sample_stack()
    admit_health_checkers(own(stack), "up.txt", checker_ranges=["192.0.2.0/24"])
    statement = statements(stack)["HealthCheckersReadTheHealthObject"]
    assert text(statement["Resource"]).endswith(".Arn>/up.txt")
    assert statement["Condition"] == {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}


def test_the_shipped_ranges_are_those_of_route_53():
    stack = sample_stack()
    admit_health_checkers(own(stack))
    condition = statements(stack)["HealthCheckersReadTheHealthObject"]["Condition"]
    assert condition["IpAddress"]["aws:SourceIp"] == list(checkers.ipv4())


def test_the_writer_of_the_health_object_may_be_exempt():
    stack = sample_stack()
    bucket = own(stack)
    kept = keep_objects(bucket)
    kept.exempt(HealthObject(stack, "Health", bucket=bucket).writer_role)
    assert text(condition(stack)).startswith("<HealthRole")


def test_several_roles_may_be_exempt():
    stack = sample_stack()
    kept = keep_objects(own(stack), ["a", "b"])
    for name in ("One", "Two"):
        kept.exempt(iam.Role(stack, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    assert [text(each)[:4] for each in condition(stack)] == ["<One", "<Two"]


def condition(stack):
    return statements(stack)["KeepProtectedKeys"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]


def accounts():
    """The stacks of a source and of a copy in another account, of one app."""
    app = App()
    return (
        Stack(app, "Source", env=Environment(account="111111111111", region="us-east-1")),
        Stack(app, "Copy", env=Environment(account=THERE, region="eu-west-1")),
    )


def test_replication_into_another_account_is_complete_in_one_app():
    here, there = accounts()
    replica = s3.Bucket(there, "Replica", bucket_name="replica", versioned=True)
    replication = Replication(
        here,
        "Replication",
        source=own(here),
        destinations=[ReplicationDestination(replica, "to-replica")],
        role_name="copies-shop",
    )
    admit_replication(replica, replication.role)
    statement = statements(there)["ReplicationWrites"]
    assert text(statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]) == (
        "arn:<AWS::Partition>:iam::111111111111:role/copies-shop"
    )
    assert text(statement["Principal"]["AWS"]) == "arn:<AWS::Partition>:iam::111111111111:root"
    assert "s3:ReplicateObject" in statement["Action"]
    assert Template.from_stack(here)


def test_a_role_of_the_buckets_own_account_needs_no_admission():
    stack = sample_stack()
    bucket = own(stack)
    replication = Replication(stack, "Replication", source=bucket, destinations=[destination(stack)])
    admit_replication(bucket, replication.role)
    admit_replication(bucket, f"arn:aws:iam::{stack.account}:role/replication")
    assert Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy") == {}


def destination(stack):
    return ReplicationDestination(copy(stack), "to-copy")


def test_a_role_is_known_by_its_arn_in_any_partition():
    stack = sample_stack("cn-north-1")
    admit_replication(own(stack), ROLE.replace("aws", "aws-cn"))
    assert statements(stack)["ReplicationWrites"]["Principal"] == {"AWS": f"arn:aws-cn:iam::{THERE}:root"}


def test_two_accounts_may_read_under_statements_of_their_own():
    stack = sample_stack()
    bucket = own(stack)
    admit_account(bucket, THERE)
    admit_account(bucket, "333333333333")
    assert set(statements(stack)) == {
        "SiteAccountReads",
        "SiteAccountLists",
        "SiteAccountReads2",
        "SiteAccountLists2",
    }
    assert text(statements(stack)["SiteAccountReads"]["Principal"]["AWS"]) == f"arn:<AWS::Partition>:iam::{THERE}:root"


def test_the_key_of_a_copy_admits_whom_its_bucket_admits():
    stack = sample_stack()
    key = ContentKey(stack, "Key", alias="alias/site", description="")
    key.admit_replication(ROLE)
    key.admit_account(THERE)
    key.admit_replication(f"arn:aws:iam::{stack.account}:role/own")
    (made,) = Template.from_stack(stack).find_resources("AWS::KMS::Key").values()
    admitted = {s["Sid"]: s for s in made["Properties"]["KeyPolicy"]["Statement"] if "Sid" in s}
    assert set(admitted) == {"ReplicationEncrypts", "SiteAccountDecrypts"}
    assert admitted["ReplicationEncrypts"]["Condition"]["ArnEquals"] == {"aws:PrincipalArn": ROLE}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_an_imported_buckets_policy_is_not_written_in_silence(function):
    stack = sample_stack()
    function(s3.Bucket.from_bucket_name(stack, "Theirs", "content"), *FUNCTIONS[function])
    found = Annotations.from_stack(stack).find_warning("/Test/Theirs", Match.string_like_regexp("s3-failover policies"))
    assert len(found) == 1
    assert "the policy of Test/Theirs is not written here, because the bucket is imported" in found[0].entry.data


def test_the_policy_of_a_bucket_of_the_app_is_written_without_a_warning():
    stack = sample_stack()
    bucket = website(stack)
    for function, arguments in FUNCTIONS.items():
        function(bucket, *arguments)
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_construct_of_ours_is_no_bucket_and_has_one(function):
    made = PrimaryBucket(sample_stack(), "Primary", bucket_name="content")
    with pytest.raises(TypeError, match=r"^bucket: got <.*PrimaryBucket.*, expected a bucket; pass an s3\.Bucket, or "):
        function(made, *FUNCTIONS[function])


REFUSED = [
    (keep_objects, (["*"],), "keys: got '*', expected up to 254 of "),
    (keep_objects, ([],), "keys: got [], expected at least one key; name what is to be kept"),
    (admit_health_checkers, ("",), "key: got '', expected up to 254 of "),
    (admit_replication, ("replication",), "role: got 'replication', expected arn:aws:iam::ACCOUNT:role/NAME; pass one"),
    (admit_replication, ("",), "role: got '', expected a text that is not empty; name one"),
    (admit_account, ("2",), "account: got '2', expected a string of twelve digits; write the account id"),
]


@pytest.mark.parametrize(("function", "arguments", "message"), REFUSED)
def test_what_does_not_work_is_refused_where_it_is_written(function, arguments, message):
    with pytest.raises(ValueError) as refused:
        function(own(sample_stack()), *arguments)
    assert str(refused.value).startswith(message)


def test_what_is_no_role_is_refused():
    stack = sample_stack()
    with pytest.raises(TypeError, match=r"^role: got <.*, expected a role; pass one, as in replication.role, or its "):
        admit_replication(own(stack), kms.Key(stack, "Key"))


def test_an_arn_that_does_not_say_its_account_is_refused():
    stack = sample_stack()
    arn = CfnParameter(stack, "Role").value_as_string
    with pytest.raises(ValueError, match=r"^role: got a token, expected an ARN that says .*; pass the role itself$"):
        admit_replication(own(stack), arn)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"website_index_document": None}, "expected a website; give it a website_index_document"),
        ({"block_public_access": None}, "expected a bucket that lets a public policy in; give it block_public_access="),
        ({"block_public_access": s3.BlockPublicAccess.BLOCK_ALL}, "expected a bucket that lets a public policy in; "),
        ({"enforce_ssl": True}, "expected a bucket that serves HTTP; leave out enforce_ssl: "),
    ],
)
def test_a_bucket_that_could_not_be_a_public_website_is_refused(changes, message):
    with pytest.raises(ValueError) as refused:
        open_website(website(sample_stack(), **changes))
    assert str(refused.value).startswith(f"bucket: got 'Test/Website', {message}")


def test_a_look_at_a_bucket_leaves_the_cdks_own_objects_usable():
    stack = sample_stack()
    with pytest.raises(ValueError, match="expected a bucket that lets a public policy in"):
        open_website(website(stack, block_public_access=s3.BlockPublicAccess.BLOCK_ALL))
    s3.Bucket(stack, "Next", block_public_access=s3.BlockPublicAccess.BLOCK_ALL)


def test_samples_of_our_buckets_need_no_key():
    for kind in (PrimaryBucket, ReplicaBucket, WebsiteReplicaBucket, HealthObject):
        stack = sample_stack()
        arguments = ARGUMENTS[kind](stack)
        kind(stack, "It", **{name: each for name, each in arguments.items() if name not in ("health_key", "key")})
