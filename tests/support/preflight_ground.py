"""The ground that a preflight looks at, imitated: an account, stacks, and lists in pages."""

from fake_accounts import ACCOUNT, account, refusal
from sites import site

from s3_failover.config import EDGE_REGION, StackRole
from s3_failover.operations.deployment import Stack
from s3_failover.operations.preflight.ground import Ground, PreflightPlan

EVERYWHERE = frozenset({"eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"})
HTTPS = 'secondary = { type = "https" }'
EXTERNAL = 'secondary = { type = "external", hostname = "shop.cdn.example.org" }'
APART = f'account = "{ACCOUNT}"\nreplica_account = "222222222222"'


def ground(of=None, *, stacks=(), enabled=EVERYWHERE, listed=None, plan=None, **services):
    found = {(stack.role, stack.region): stack for stack in stacks}
    return Ground(plan or PreflightPlan(of or site()), account(**services), enabled, found, listed or {})


def stack(role, region, *resources, status="CREATE_COMPLETE", of=None, **more):
    named = (of or site()).naming.stack(role, region)
    return Stack(role, named, region, status, resources, **more)


def findings(subject, on):
    return [finding for look in subject.looks(on) for finding in look.find()]


def ids(subject, on):
    return [finding.id for finding in findings(subject, on)]


class Stacks:
    """CloudFormation with stacks by what they have."""

    def __init__(self, **having):
        self.having = having

    def describe_stack_resources(self, PhysicalResourceId):  # noqa: N803
        name = PhysicalResourceId.replace(".", "_")
        if name not in self.having:
            raise refusal("ValidationError", "DescribeStackResources")
        return {"StackResources": [{"StackName": self.having[name]}]}


class Paged:
    """A service of which every list has the same pages."""

    def __init__(self, *pages, **answers):
        self.pages, self.answers = pages, answers

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return self.pages

    def __getattr__(self, name):
        def answer(**parameters):
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


EDGE = stack(StackRole.EDGE, EDGE_REGION, ("AWS::CloudFront::Distribution", "EOWN"))
