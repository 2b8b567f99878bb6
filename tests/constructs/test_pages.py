"""docs/constructs/: a page for each construct, made of docstrings and of examples that work."""

import importlib.util
import inspect

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


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


GENERATOR = module(ROOT / "docs/construct_pages.py")
PARTS = module(ROOT / "examples/constructs/parts.py")
PAGES = GENERATOR.pages()
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


def test_the_pages_are_what_make_docs_writes():
    assert {path.name: path.read_text(encoding="utf-8") for path in GENERATOR.PAGES.glob("*.md")} == PAGES


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_the_example_of_a_construct_makes_one(kind):
    stack = sample_stack()
    example = getattr(PARTS, GENERATOR._snake(kind.__name__))
    given = {name: GIVEN[name](stack) for name in inspect.signature(example).parameters if name != "scope"}
    example(scope=stack, **given)
    assert any(isinstance(each, kind) for each in stack.node.find_all())
    assert Template.from_stack(stack).to_json()["Resources"]
    assert f"{kind.__name__}(" in PAGES[f"{kind.__name__}.md"].partition("## Example")[2]


def rows(name, heading):
    """The rows of a page's table."""
    section = PAGES[f"{name}.md"].partition(f"## {heading}\n\n")[2].partition("\n## ")[0]
    return [line.strip("| ").split(" | ") for line in section.splitlines()[2:]]


@pytest.mark.parametrize("kind", public_classes(), ids=lambda kind: kind.__name__)
def test_every_argument_has_a_type_a_default_and_a_meaning(kind):
    parameters = list(inspect.signature(kind.__init__).parameters)[1:]
    expected = parameters[2:] if issubclass(kind, Construct) else parameters
    found = rows(kind.__name__, "Arguments")
    assert [row[0].strip("`") for row in found] == expected
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in found)


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_everything_that_a_construct_exposes_is_on_its_page(kind):
    made, _ = make(kind)
    exposed = {name for name in dir(made) if not name.startswith("_")} - set(dir(Construct))
    attributes = {row[0].strip("`") for row in rows(kind.__name__, "Attributes")}
    methods = {row[0].strip("`").partition("(")[0] for row in rows(kind.__name__, "Methods")}
    assert attributes | methods == exposed


@pytest.mark.parametrize("kind", CONSTRUCTS, ids=lambda kind: kind.__name__)
def test_every_page_says_what_the_construct_leaves_to_its_user(kind):
    assert "## What it leaves to you\n\n" in PAGES[f"{kind.__name__}.md"]


def test_the_page_of_a_site_has_its_arguments_and_attributes():
    found = rows("Site", "Arguments")
    assert {row[0].strip("`") for row in found} == set(SiteArguments.__annotations__)
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in found)
    app = new_app()
    PARTS.site(app)
    (made,) = (each for each in app.node.children if isinstance(each, Site))
    exposed = {name for name in dir(made) if not name.startswith("_")} - set(dir(Construct))
    attributes = {row[0].strip("`") for row in rows("Site", "Attributes")}
    methods = {row[0].strip("`").partition("(")[0] for row in rows("Site", "Methods")}
    assert attributes | methods == exposed


def test_the_list_has_every_public_name():
    listed = PAGES["README.md"]
    constants = {name for name in library.__all__ if name.isupper()}
    types = {"AlarmRecipient"}
    assert [name for name in set(library.__all__) - constants - types if f"`{name}" not in listed] == []


def test_words_stay_apart():
    assert "\n\nA policy that keeps it from deletion" in PAGES["HealthObject.md"]
