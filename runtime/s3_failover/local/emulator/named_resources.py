"""Types whose names are taken once: a second stack that uses one fails, as on AWS, and overwrites nothing."""

from __future__ import annotations

from ministack.services import cloudwatch_logs, iam, kms, lambda_svc

from .resource_types import refuse_existing


def install() -> None:
    """Refuse the creation of a resource whose name is taken."""
    refuse_existing("AWS::IAM::Role", "RoleName", lambda name: name in iam._roles)
    refuse_existing("AWS::Logs::LogGroup", "LogGroupName", lambda name: name in cloudwatch_logs._log_groups)
    refuse_existing("AWS::Lambda::Function", "FunctionName", lambda name: name in lambda_svc._functions)
    refuse_existing("AWS::KMS::Alias", "AliasName", lambda name: kms._alias_arn(name) in kms._aliases)
