"""What reviewers run over the templates: cdk-nag, cfn-lint and CloudFormation's own validation."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import cdk_nag
import pytest
from aws_cdk import Stack, Validations
from aws_cdk import aws_s3 as s3
from aws_cdk.cx_api import CloudAssembly
from cdk_templates import ROOT, new_app
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from site_kinds import every_kind, every_stack
from site_stacks import add_site

import app as cdk_app
from s3_failover.config import EDGE_REGION
from s3_failover.config.regions import known_regions

EXPLAINED_WARNINGS = {
    # CDK's Function declares the dependency on its role although it also refers to it.
    "W3005",
}


# What `make test` looks at: one site of each mode for all pairs of regions and copies, and what has resources of its own.
IN_CI = (
    "dns-eu-west-1-3",
    "hybrid-us-east-1-1",
    "two-way",
    "kms",
    "replica-account",
    "cdn",
    "lambda",
    "https",
    "external",
)


def marked(kind):
    return pytest.param(kind, marks=() if kind in IN_CI else pytest.mark.long)


@pytest.mark.parametrize("kind", [*map(marked, every_kind())])
def test_cdk_nag_has_no_unexplained_finding(kind):
    app = new_app()
    add_site(app, every_kind()[kind])
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    app.synth()


def test_cdk_nag_would_be_heard():
    careless = new_app()
    s3.Bucket(Stack(careless, "Careless"), "Bucket")
    Validations.of(careless).add_plugins(cdk_nag.AwsSolutionsChecks(careless))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        careless.synth()


@pytest.fixture(scope="module")
def templates_by_region():
    """Every template of every kind of site, each once, by the region that it is deployed to."""
    found = defaultdict(set)
    for stack in every_stack():
        found[stack.region].add(json.dumps(stack.template, sort_keys=True))
    return found


def cfn_lint(directory, region, templates):
    """The findings of cfn-lint about templates, as in a region."""
    directory.mkdir()
    for number, template in enumerate(sorted(templates)):
        (directory / f"{number}.template.json").write_text(template)
    result = subprocess.run(
        [
            Path(sys.executable).parent / "cfn-lint",
            *("--regions", region, "--format", "json"),
            *("--", f"{directory}/*.template.json"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.stderr == ""
    return json.loads(result.stdout)


def unexplained(directory, templates_by_region):
    return [
        f"{region}: {found['Rule']['Id']} {found['Message']} at {found['Location']['Path']}"
        for region, templates in templates_by_region.items()
        for found in cfn_lint(directory / region, region, templates)
        if found["Rule"]["Id"] not in EXPLAINED_WARNINGS
    ]


def test_cfn_lint_has_nothing_against_the_largest_template_of_each_region(templates_by_region, tmp_path):
    assert len(templates_by_region) >= 5
    largest = {region: {max(templates, key=len)} for region, templates in templates_by_region.items()}
    assert unexplained(tmp_path, largest) == []


@pytest.mark.long
def test_cfn_lint_has_nothing_against_any_template(templates_by_region, tmp_path):
    assert unexplained(tmp_path, templates_by_region) == []


def test_cfn_lint_would_be_heard_about_a_region(tmp_path):
    only_in_us_east_1 = json.dumps({"Resources": {"Costs": {"Type": "AWS::BCMDataExports::Export", "Properties": {}}}})
    found = {
        region: {each["Rule"]["Id"] for each in cfn_lint(tmp_path / region, region, [only_in_us_east_1])}
        for region in ("us-east-1", "eu-west-1")
    }
    assert "E3006" in found["eu-west-1"] - found["us-east-1"]


def test_every_region_that_a_site_may_use_has_every_type_of_resource(templates_by_region):
    used = {
        resource["Type"]
        for region, templates in templates_by_region.items()
        if region != EDGE_REGION
        for template in templates
        for resource in json.loads(template)["Resources"].values()
        if not resource["Type"].startswith("Custom::")
    }
    missing = {region: used - set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in known_regions()}
    assert {region: types for region, types in missing.items() if types} == {}


def run_app(*, config=None, **environment):
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | ({"config": str(config)} if config else {})
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment | {"CDK_CONTEXT_JSON": json.dumps(context)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def environment(tmp_path):
    keep = {k: os.environ[k] for k in ("PATH", "JSII_NODE", "HOME", "PYTHONPATH") if k in os.environ}
    return keep | {"CDK_OUTDIR": str(tmp_path / "out")}


def test_app_synthesizes_the_example_with_all_validation_on_and_no_credentials(environment, tmp_path):
    result = run_app(**environment)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    stacks = {stack.stack_name for stack in CloudAssembly(str(tmp_path / "out")).stacks}
    assert {f"s3-failover-{name}-example-com-edge-us-east-1" for name in ("assets", "www")} <= stacks


def test_app_refuses_templates_that_cdk_nag_finds_fault_with(monkeypatch):
    monkeypatch.setattr(cdk_app, "add_sites", lambda scope, path: s3.Bucket(Stack(scope, "Careless"), "Careless"))
    with pytest.raises(SystemExit, match="error: ValidationFailed"):
        cdk_app.main()


def test_app_refuses_what_check_finds_in_the_same_words(environment, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text((ROOT / "failover.toml").read_text().replace('"assets.example.com"', '"assets.example.org"'))
    result = run_app(config=bad, **environment)
    check = subprocess.run(
        [sys.executable, "-c", "from s3_failover.cli import main; main()", "check", str(bad)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, check.returncode) == (1, 1)
    assert "SITE-HOSTNAME-ZONE" in result.stderr
    assert result.stderr.strip() == check.stdout.strip()
    assert "Traceback" not in result.stderr + check.stderr


def test_app_names_a_missing_file(environment, tmp_path):
    result = run_app(config=tmp_path / "none.toml", **environment)
    assert result.returncode == 1
    assert "CONFIG-FILE" in result.stderr
    assert "Traceback" not in result.stderr
