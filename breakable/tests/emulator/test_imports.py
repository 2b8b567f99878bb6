"""Resources that exist already are taken into a stack, as they are."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def resource(kind, attributes=RETAINED, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties} | attributes


def bucket(name, attributes=RETAINED, **properties):
    return resource("S3::Bucket", attributes, BucketName=name, **properties)


def topic(name):
    return resource("SNS::Topic", {}, TopicName=name)


def refused(**attributes):
    missing = "arn:aws:sns:us-east-1:123456789012:gone"
    return resource("SNS::Subscription", attributes, TopicArn=missing, Protocol="email", Endpoint="a@example.com")


@pytest.fixture
def kept(embedded, unique):
    """A bucket with an object, outside of every stack."""
    name, s3 = unique("kept"), embedded.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"1")
    return name


def has_object(embedded, name):
    return embedded.client("s3").get_object(Bucket=name, Key="k")["Body"].read() == b"1"


def actions(change_set):
    return {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Action"] for c in change_set["Changes"]}


def adopting(embedded, name, resources, **more):
    return embedded.change_set(name, resources, ImportExistingResources=True, **more)


def test_a_new_stack_adopts_a_bucket(embedded, unique, kept):
    made = adopting(embedded, unique("new"), {"B": bucket(kept), "T": topic(unique("t"))})
    assert actions(made) == {"B": "Import", "T": "Add"}
    assert embedded.execute(made) == "CREATE_COMPLETE"
    assert embedded.resources(made["StackName"]) == {"B": "UPDATE_COMPLETE", "T": "CREATE_COMPLETE"}
    assert "IMPORT_COMPLETE" in embedded.events(made["StackName"], "B")
    assert has_object(embedded, kept)


def test_what_is_adopted_is_as_it_was_until_an_update_changes_it(embedded, unique, kept):
    made = adopting(embedded, unique("new"), {"B": bucket(kept, VersioningConfiguration={"Status": "Enabled"})})
    assert embedded.execute(made) == "CREATE_COMPLETE"
    assert "Status" not in embedded.client("s3").get_bucket_versioning(Bucket=kept)
    tagged = bucket(kept, Tags=[{"Key": "k", "Value": "v"}], VersioningConfiguration={"Status": "Enabled"})
    embedded.deploy({"B": tagged}, name=made["StackName"])
    assert embedded.client("s3").get_bucket_tagging(Bucket=kept)["TagSet"][0]["Value"] == "v"


def test_a_stack_that_exists_adopts_a_bucket(embedded, unique, kept):
    t = {"T": topic(unique("t"))}
    stack = embedded.deploy(t)
    made = adopting(embedded, stack, t | {"B": bucket(kept)}, kind="UPDATE")
    assert actions(made) == {"B": "Import"}
    assert embedded.execute(made) == "UPDATE_COMPLETE"
    assert has_object(embedded, kept)


@pytest.mark.parametrize("updates", [False, True])
def test_a_rollback_lets_go_of_what_was_adopted(embedded, unique, kept, updates):
    t = {"T": topic(unique("t"))}
    stack = embedded.deploy(t) if updates else unique("new")
    resources = t | {"B": bucket(kept), "F": refused(DependsOn="B")}
    made = adopting(embedded, stack, resources, kind="UPDATE" if updates else "CREATE")
    assert embedded.execute(made) == ("UPDATE_ROLLBACK_COMPLETE" if updates else "ROLLBACK_COMPLETE")
    assert embedded.events(made["StackId"], "B")[-1] == "IMPORT_ROLLBACK_COMPLETE"
    assert has_object(embedded, kept)
    assert "B" not in embedded.resources(stack)


def test_a_stack_that_was_destroyed_adopts_its_bucket_again(embedded, unique):
    name = unique("kept")
    stack = embedded.deploy({"B": bucket(name)})
    embedded.client("s3").put_object(Bucket=name, Key="k", Body=b"1")
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    assert embedded.change_set(unique("again"), {"B": bucket(name)})["Status"] == "FAILED"
    assert embedded.execute(adopting(embedded, unique("once-more"), {"B": bucket(name)})) == "CREATE_COMPLETE"
    assert has_object(embedded, name)


def test_a_bucket_that_the_template_does_not_retain_is_not_adopted(embedded, unique, kept):
    made = adopting(embedded, unique("new"), {"B": bucket(kept, {})})
    assert made["Status"] == "FAILED"
    assert f"B ({{BucketName={kept}}})" in made["StatusReason"]


def test_a_bucket_of_another_stack_is_not_adopted(embedded, unique):
    name = unique("theirs")
    owner = embedded.deploy({"B": bucket(name)})
    made = adopting(embedded, unique("new"), {"B": bucket(name)})
    assert made["Status"] == "FAILED"
    assert (
        f"{name} already exists in stack arn:aws:cloudformation:us-east-1:123456789012:stack/{owner}/"
        in (made["StatusReason"])
    )


def test_a_bucket_of_another_region_is_not_adopted(embedded, unique, kept):
    made = adopting(embedded, unique("new"), {"B": bucket(kept)}, region="eu-west-1")
    assert made["Status"] == "FAILED"
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in made["StatusReason"]


def test_aliases_roles_and_log_groups_are_adopted_too(embedded, unique):
    kms, name = embedded.client("kms"), unique("mine")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    resources = {
        "A": resource("KMS::Alias", AliasName=f"alias/{name}", TargetKeyId=key),
        "R": resource("IAM::Role", RoleName=name, AssumeRolePolicyDocument=policy),
        "G": resource("Logs::LogGroup", LogGroupName=name),
    }
    stack = embedded.deploy({"R": resources["R"], "G": resources["G"]})
    assert embedded.delete(stack) == "DELETE_COMPLETE"
    made = adopting(embedded, unique("new"), resources)
    assert actions(made) == {"A": "Import", "R": "Import", "G": "Import"}
    assert embedded.execute(made) == "CREATE_COMPLETE"


def test_without_the_option_nothing_is_adopted(embedded, unique, kept):
    made = embedded.change_set(unique("new"), {"B": bucket(kept)})
    assert "ResourceExistenceCheck" in made["StatusReason"]


def importing(embedded, name, resources, bucket_name, **more):
    wanted = {
        "ResourceType": "AWS::S3::Bucket",
        "LogicalResourceId": "B",
        "ResourceIdentifier": {"BucketName": bucket_name},
    }
    return embedded.change_set(name, resources, kind="IMPORT", ResourcesToImport=[wanted], **more)


def test_an_import_makes_a_stack_of_what_it_imports(embedded, unique, kept):
    made = importing(embedded, unique("new"), {"B": bucket(kept)}, kept)
    assert actions(made) == {"B": "Import"}
    assert embedded.execute(made) == "IMPORT_COMPLETE"
    assert has_object(embedded, kept)
    embedded.deploy({"B": bucket(kept), "T": topic(unique("t"))}, name=made["StackName"])


def test_an_import_of_a_bucket_that_does_not_exist_fails(embedded, unique):
    made = importing(embedded, unique("new"), {"B": bucket(unique("gone"))}, unique("gone"))
    assert (made["Status"], made["StatusReason"]) == ("FAILED", "Bucket not found")


def test_an_import_needs_everything_that_it_refers_to(embedded, unique, kept):
    lonely = bucket(kept, Tags=[{"Key": "k", "Value": {"Ref": "Missing"}}])
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Missing\]"):
        importing(embedded, unique("new"), {"B": lonely}, kept)


@pytest.mark.parametrize(
    "reference",
    [
        "!Ref Missing",
        "!GetAtt Missing.Arn",
        "!GetAtt [Missing, Arn]",
        "!Sub 'x-${Missing.Arn}-${AWS::Region}'",
        "!Sub ['${Here}', {Here: !Ref Missing}]",
        "!Join ['', [a, !Ref Missing]]",
    ],
)
@pytest.mark.parametrize("action", ["create_stack", "validate_template"])
def test_a_template_in_yaml_refers_to_nothing_that_it_does_not_declare(embedded, unique, action, reference):
    body = f"Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {reference}\n"
    named = {"StackName": unique("new")} if action == "create_stack" else {}
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Missing\] in the Resources block"):
        getattr(embedded.client("cloudformation"), action)(TemplateBody=body, **named)


def test_an_import_adds_nothing_else(embedded, unique, kept):
    with pytest.raises(ClientError, match="missing from ResourceToImport list"):
        importing(embedded, unique("new"), {"B": bucket(kept), "T": topic(unique("t"))}, kept)
