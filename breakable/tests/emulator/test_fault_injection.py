"""FIS, as far as it pauses replication: the API, and that it refuses the rest."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded

TAGS = {"role": "source"}
ROLE = "arn:aws:iam::123456789012:role/fis"


def template(*, action="aws:s3:bucket-pause-replication", duration="PT1M", targets=None):
    target = {"resourceType": "aws:s3:bucket", "resourceTags": TAGS, "selectionMode": "ALL"}
    parameters = {"duration": duration, "region": "eu-west-1"}
    return {
        "description": "a test",
        "roleArn": ROLE,
        "stopConditions": [{"source": "none"}],
        "targets": {"b": {**target, **(targets or {})}},
        "actions": {"pause": {"actionId": action, "parameters": parameters, "targets": {"Buckets": "b"}}},
        "tags": {"drill": "1"},
    }


@pytest.fixture
def fis(embedded):
    return embedded.client("fis")


def created(fis, token, **options):
    return fis.create_experiment_template(clientToken=token, **template(**options))["experimentTemplate"]


@pytest.mark.parametrize(
    "options",
    [
        {"action": "aws:ec2:stop-instances"},
        {"duration": "PT30S"},
        {"duration": "PT13H"},
        {"duration": "soon"},
        {"targets": {"resourceTags": {}, "resourceArns": ["arn:aws:s3:::a-bucket"]}},
    ],
)
def test_what_it_does_not_do_it_refuses(fis, options):
    with pytest.raises(ClientError) as refused:
        created(fis, f"refused-{options}"[:64], **options)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_an_experiment_without_a_bucket_that_has_the_tags_fails(fis, unique):
    made = created(fis, unique("token"), targets={"resourceTags": {"role": unique("nobody")}})
    failed = fis.start_experiment(clientToken=unique("start"), experimentTemplateId=made["id"])["experiment"]
    assert failed["state"] == {"status": "failed", "reason": "Target resolution returned empty set"}


def test_an_experiment_runs_until_it_is_stopped_and_a_token_starts_one_only(embedded, fis, unique):
    s3, bucket = embedded.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in TAGS.items()]})
    made = created(fis, token := unique("token"))
    assert created(fis, token)["id"] == made["id"]
    start = {"clientToken": unique("start"), "experimentTemplateId": made["id"], "tags": {"drill": "1"}}
    started = fis.start_experiment(**start)["experiment"]
    assert fis.start_experiment(**start)["experiment"]["id"] == started["id"]
    assert fis.get_experiment(id=started["id"])["experiment"]["state"]["status"] == "running"
    assert started["id"] in {each["id"] for each in fis.list_experiments()["experiments"]}
    assert fis.stop_experiment(id=started["id"])["experiment"]["state"]["status"] == "stopped"
    with pytest.raises(ClientError, match="does not run"):
        fis.stop_experiment(id=started["id"])
    fis.delete_experiment_template(id=made["id"])
    with pytest.raises(ClientError) as gone:
        fis.get_experiment_template(id=made["id"])
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_region_knows_its_own_templates_only(embedded, fis, unique):
    made = created(fis, unique("token"))
    elsewhere = embedded.client("fis", "eu-west-1").list_experiment_templates()["experimentTemplates"]
    assert made["id"] not in {each["id"] for each in elsewhere}
    assert made["id"] in {each["id"] for each in fis.list_experiment_templates()["experimentTemplates"]}
