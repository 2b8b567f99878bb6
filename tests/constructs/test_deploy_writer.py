import ast
import contextlib
import json
import urllib.request
from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template
from cdk_templates import new_stack

import s3_failover_constructs as constructs_of_ours
from s3_failover_constructs.deploy_writer import LONGEST, _standing_alone, deploy_writer

CODE = "def handler(event, context):\n    pass\n"


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return made(tmp_path)


def made(tmp_path: Path, **options) -> Template:
    handler = tmp_path / "index.py"
    handler.write_text(CODE)
    stack = new_stack()
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    writer = deploy_writer(
        stack, handler=handler, description="Writes", policy_name="write", statements=[statement], **options
    )
    writer.resource(stack, "It", resource_type="Custom::It", properties={"Name": "it"})
    return Template.from_stack(stack)


def test_the_code_is_the_handler_s(template):
    template.has_resource_properties("AWS::Lambda::Function", {"Code": {"ZipFile": CODE}})


HANDLERS = sorted(
    path
    for path in Path(constructs_of_ours.__file__).parent.glob("*/handler/index.py")
    if "custom_resource" in path.read_text()
)


def test_every_custom_resource_answers_by_the_code_that_they_share():
    assert {path.parts[-3] for path in HANDLERS} == {
        "content_guard",
        "cross_account_delegation",
        "health_object",
        "return_replication",
    }


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parts[-3])
def test_code_in_a_template_stands_alone_and_answers(handler, monkeypatch):
    code = _standing_alone(handler)
    imported = {
        name
        for node in ast.walk(ast.parse(code))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in getattr(node, "names", ())]
        )
    }
    assert {name.partition(".")[0] for name in imported} <= {"boto3", "botocore", "json", "time", "typing", "urllib"}
    names = {}
    exec(code, names)
    sent = []

    @contextlib.contextmanager
    def urlopen(request, timeout):
        sent.append((request.full_url, request.get_method(), request.get_header("Content-type"), request.data))
        yield

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    event = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    names["reply"]("https://answers.example.com/", names["answer_to"](event, "it"))
    ((url, method, kind, body),) = sent
    assert (url, method, kind) == ("https://answers.example.com/", "PUT", "")
    assert json.loads(body) == {"Status": "SUCCESS", "PhysicalResourceId": "it", **event}


def test_the_function_may_do_what_it_was_given_and_write_its_own_log(template):
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    given, log = policy["Properties"]["PolicyDocument"]["Statement"]
    assert given["Action"] == "s3:PutObject"
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert log["Resource"] != "*"


def test_what_it_writes_waits_until_it_may(template):
    (policy,) = template.find_resources("AWS::IAM::Policy")
    template.has_resource("Custom::It", {"DependsOn": [policy], "Properties": {"Name": "it"}})


@pytest.mark.parametrize(("options", "timeout"), [({}, 180), ({"timeout": LONGEST}, 900)])
def test_cloudformation_waits_longer_than_the_function_runs(tmp_path, options, timeout):
    template = made(tmp_path, **options)
    template.has_resource_properties("AWS::Lambda::Function", {"Timeout": timeout})
    template.has_resource_properties("Custom::It", {"ServiceTimeout": str(timeout + 300)})


def test_its_log_goes_with_the_stack(template):
    template.has_resource(
        "AWS::Logs::LogGroup", {"DeletionPolicy": "Delete", "Properties": {"RetentionInDays": Match.any_value()}}
    )
