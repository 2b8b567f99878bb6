from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template
from cdk_templates import new_stack

from s3_failover_constructs.deploy_writer import LONGEST, deploy_writer

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
