import importlib.util
import inspect
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from cdk_templates import new_stack, properties, resources, statements, text

import s3_failover_constructs.cross_account_delegation as module
from s3_failover_constructs import CrossAccountDelegation, PublicZone

ROLE = "arn:aws:iam::210987654321:role/dns"
PROPERTIES = {
    "ZoneName": "dns.example.com",
    "NameServers": ["ns-1.a", "ns-2.b"],
    "ParentId": "Z1",
    "RoleArn": ROLE,
    "Ttl": "3600",
}


@pytest.fixture
def stack():
    stack = new_stack("us-east-1")
    zone = PublicZone(stack, "Zone", zone_name="dns.example.com")
    CrossAccountDelegation(stack, "Delegation", zone=zone.zone, parent_hosted_zone_id="Z1", delegation_role=ROLE)
    return stack


def test_the_record_is_written_for_the_zones_name_servers_into_the_parent(stack):
    found = properties(stack, "Custom::ZoneDelegation")
    assert text(found["NameServers"]).endswith(".NameServers>")
    assert {key: found[key] for key in ("ZoneName", "ParentId", "RoleArn", "Ttl")} == {
        "ZoneName": "dns.example.com",
        "ParentId": "Z1",
        "RoleArn": ROLE,
        "Ttl": 3600,
    }


def test_the_writer_may_take_the_one_role_and_log_only(stack):
    role, logs = statements(stack, "AWS::IAM::Policy").values()
    assert (role["Action"], role["Resource"]) == ("sts:AssumeRole", ROLE)
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert all("ManagedPolicyArns" not in r["Properties"] for r in resources(stack, "AWS::IAM::Role").values())


class Aws:
    """STS and Route 53, with a role that refuses the first calls."""

    def __init__(self, denials=0):
        self.denials, self.changes, self.keys = denials, [], None

    def client(self, service, **keys):
        self.keys = keys or self.keys
        return self

    def assume_role(self, **_):
        if self.denials:
            self.denials -= 1
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C"}}

    def change_resource_record_sets(self, **change):
        self.changes.append(change)


@pytest.fixture
def handler():
    path = Path(inspect.getfile(module)).parent / "handler" / "index.py"
    spec = importlib.util.spec_from_file_location("delegation_handler", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def answer(handler, monkeypatch, aws, request):
    answers = []
    monkeypatch.setattr(handler, "boto3", aws)
    monkeypatch.setattr(handler, "reply", lambda url, told: answers.append(told))
    event = {"ResourceProperties": PROPERTIES, "RequestType": request, "ResponseURL": "http://x"}
    handler.handler({**event, "StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}, None)
    [told] = answers
    return told


def test_the_record_is_written_as_the_role(handler, monkeypatch):
    aws = Aws()
    told = answer(handler, monkeypatch, aws, "Create")
    assert (told["Status"], told["PhysicalResourceId"]) == ("SUCCESS", "Z1/dns.example.com")
    assert aws.keys == {"aws_access_key_id": "A", "aws_secret_access_key": "B", "aws_session_token": "C"}
    [change] = aws.changes
    assert change["HostedZoneId"] == "Z1"
    assert change["ChangeBatch"]["Changes"] == [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": "dns.example.com",
                "Type": "NS",
                "TTL": 3600,
                "ResourceRecords": [{"Value": "ns-1.a"}, {"Value": "ns-2.b"}],
            },
        }
    ]


def test_a_role_that_is_not_there_yet_is_tried_again(handler, monkeypatch):
    aws = Aws(denials=2)
    monkeypatch.setattr(handler.time, "sleep", lambda seconds: None)
    assert answer(handler, monkeypatch, aws, "Update")["Status"] == "SUCCESS"
    assert len(aws.changes) == 1


def test_a_role_that_never_lets_in_fails_the_stack_with_the_reason(handler, monkeypatch):
    monkeypatch.setattr(handler, "PATIENCE", -1)
    told = answer(handler, monkeypatch, Aws(denials=1), "Create")
    assert told["Status"] == "FAILED"
    assert "cannot delegate dns.example.com" in told["Reason"]


def test_the_record_is_kept_when_the_stack_goes(handler, monkeypatch):
    aws = Aws()
    assert answer(handler, monkeypatch, aws, "Delete")["Status"] == "SUCCESS"
    assert aws.changes == []
