"""The docstrings of the constructs, of which the API reference is made, are complete, and its examples work."""

import ast
import importlib.util
import inspect
import re
import textwrap
from itertools import pairwise

import pytest
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from cdk_templates import ROOT, new_app
from construct_samples import certificate, distribution, make, public_classes, sample_stack, zone
from constructs import Construct

import s3_failover_constructs as library
from s3_failover_stacks import Site, SiteArguments
from s3_failover_stacks.arguments import RequiredArguments


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


PARTS = module(ROOT / "examples/constructs/parts.py")
CONSTRUCTS = [each for each in public_classes() if issubclass(each, Construct)]


def by_name(name, region):
    return lambda scope: s3.Bucket.from_bucket_attributes(scope, name, bucket_name=f"acme-{name}", region=region)


GIVEN = {
    "bucket": lambda scope: s3.Bucket(scope, "Content", bucket_name="acme-content", versioned=True),
    "unversioned": lambda scope: s3.Bucket(scope, "Content", bucket_name="acme-content"),
    "copy": by_name("copy", "eu-west-1"),
    "source": by_name("source", "eu-central-1"),
    "certificate": certificate,
    "distribution": distribution,
    "zone": zone,
    "topic": lambda scope: sns.Topic(scope, "Topic"),
    "role": lambda scope: iam.Role(scope, "Hosts", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")),
    "logs": lambda scope: library.AccessLogBucket(scope, "Logs"),
    "origin": lambda _: origins.HttpOrigin("origin.example.com"),
    "health_check": lambda scope: route53.HealthCheck.from_health_check_id(
        scope, "Check", "11111111-2222-3333-4444-555555555555"
    ),
    "records": lambda scope: library.FailoverRecords(
        scope,
        "Records",
        zone=zone(scope),
        record_name="www.example.com",
        primary="d1.cloudfront.net",
        secondary="other.example.net",
        health_check=GIVEN["health_check"](scope),
    ),
}
"""What the functions of the examples take, by the names of their parameters."""


def section(kind, *titles):
    """What a docstring says in its sections, by the name of the argument or attribute."""
    text = inspect.getdoc(kind)
    found = re.findall(rf"^(?:{'|'.join(titles)}):\n((?:    .*\n?|\n)+)", text, re.M)
    entries = re.split(r"^    (\w+): ", "".join(found), flags=re.M)
    return {name: said.strip() for name, said in zip(entries[1::2], entries[2::2], strict=True)}


def exposed(made):
    """The public names of an object that a construct does not have anyway."""
    return {name for name in dir(made) if not name.startswith("_")} - set(dir(Construct))


def told(kind):
    """The attributes that a class's docstring tells of, and the properties and methods that tell of themselves."""
    members = [(name, getattr(kind, name)) for name in dir(kind) if not name.startswith("_")]
    return section(kind, "Attributes").keys() | {name for name, member in members if inspect.getdoc(member)}


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_the_example_of_a_construct_makes_one(kind):
    stack = sample_stack()
    example = getattr(PARTS, re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower())
    given = {name: GIVEN[name](stack) for name in inspect.signature(example).parameters if name != "scope"}
    example(scope=stack, **given)
    assert any(isinstance(each, kind) for each in stack.node.find_all())
    assert Template.from_stack(stack).to_json()["Resources"]
    assert f"{kind.__name__}(" in inspect.getsource(example)


@pytest.mark.parametrize("kind", public_classes(), ids=lambda kind: kind.__name__)
def test_every_argument_has_a_type_and_a_meaning(kind):
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    expected = parameters[2:] if issubclass(kind, Construct) else parameters
    meanings = section(kind, "Args", "Attributes")
    assert [each.name for each in expected if not meanings.get(each.name)] == []
    assert all(each.annotation is not inspect.Parameter.empty for each in expected)


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_everything_that_a_construct_exposes_is_documented(kind):
    made, _ = make(kind)
    assert exposed(made) - told(kind) == set()
    assert section(kind, "Attributes").keys() <= exposed(made)


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_every_docstring_says_what_the_construct_leaves_to_its_user(kind):
    assert re.search(r"^Leaves to you:\n    \S", inspect.getdoc(kind), re.M)


@pytest.mark.parametrize("kind", [RequiredArguments, SiteArguments])
def test_every_argument_of_a_site_has_a_meaning(kind):
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    fields = [pair for pair in pairwise([*definition.body, None]) if isinstance(pair[0], ast.AnnAssign)]
    assert fields
    assert [
        field.target.id for field, text in fields if not isinstance(getattr(text, "value", None), ast.Constant)
    ] == []


def test_everything_that_a_site_exposes_is_documented():
    app = new_app()
    PARTS.site(app)
    (made,) = (each for each in app.node.children if isinstance(each, Site))
    assert exposed(made) - told(Site) == set()
