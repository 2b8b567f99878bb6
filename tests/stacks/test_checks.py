"""What reviewers run over the templates: cdk-nag, cfn-lint and CloudFormation's own validation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cdk_nag
import pytest
from aws_cdk import Stack, Validations
from aws_cdk import aws_s3 as s3
from cdk_templates import ROOT, new_app
from sites import APP, CDN, site

import app as cdk_app
from stacks.site import add_site

MATRIX = [
    (mode, primary, replicas)
    for mode in ("dns", "hybrid")
    for primary in ("us-east-1", "eu-west-1")
    for replicas in (1, 3)
]

OPTIONS = {
    "two-way": 'replication = { two_way = true, time_control = true, prefixes = ["_s3-failover/", "docs/"] }',
    "kms": """
        encryption = "kms"
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
        replication = { two_way = true }
        clients = {}
    """,
    "replica-account": """
        account = "111111111111"
        replica_account = "222222222222"
        encryption = "kms"
        secondary = { type = "external", hostname = "shop.cdn.example.net" }
        clients = {}
    """,
    "cdn": CDN,
    "app": APP,
    "lambda": 'replication = { engine = "lambda" }',
    "external": 'secondary = { type = "external", hostname = "shop.cdn.example.net" }',
    "https": 'viewer_https = "hsts"\nsecondary = { type = "https" }',
    "https-kms": 'encryption = "kms"\nsecondary = { type = "https" }\nclients = {}',
    "https-lambda": 'secondary = { type = "https" }\nreplication = { engine = "lambda" }',
    "https-existing": """
        secondary = { type = "https" }
        existing = { replica_buckets = { eu-central-1 = "copy" } }
    """,
    "existing": """
        [sites.shop.existing]
        primary_bucket = "content"
        replica_buckets = { eu-central-1 = "shop.example.com" }
        log_buckets = { ap-south-1 = "logs" }
        cdn_log_bucket = "logs"
    """,
}
"""Options that change what stacks hold; each on top of a site with two replicas."""

ZONES = {
    "made": 'name = "dns.example.com", create = true',
    "delegated": 'name = "dns.example.com", create = true, parent = { id = "Z1", name = "example.com" }',
    "delegated-by-another-account": 'name = "dns.example.com", create = true, parent = { id = "Z1", '
    'name = "example.com", role_arn = "arn:aws:iam::210987654321:role/dns" }',
}


def optional_sites():
    return [
        *(site(replicas=2, mode="hybrid", more=more) for more in OPTIONS.values()),
        *(site(hostname="shop.dns.example.com", zone=zone) for zone in ZONES.values()),
        site(hostname="example.com"),
    ]


EXPLAINED_WARNINGS = {
    # CDK's Function declares the dependency on its role although it also refers to it.
    "W3005",
}


@pytest.mark.parametrize(("mode", "primary", "replicas"), MATRIX)
def test_cdk_nag_has_no_unexplained_finding(mode, primary, replicas):
    app = new_app()
    add_site(app, site(mode=mode, primary=primary, replicas=replicas, more="clients = {}"))
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    app.synth()


@pytest.mark.parametrize("option", list(optional_sites()), ids=[*OPTIONS, *ZONES, "apex"])
def test_cdk_nag_has_no_unexplained_finding_with_an_option(option):
    app = new_app()
    add_site(app, option)
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    app.synth()


def test_cdk_nag_would_be_heard():
    careless = new_app()
    s3.Bucket(Stack(careless, "Careless"), "Bucket")
    Validations.of(careless).add_plugins(cdk_nag.AwsSolutionsChecks(careless))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        careless.synth()


def test_cfn_lint_has_no_error_and_no_unexplained_warning(tmp_path):
    for number, (mode, primary, replicas) in enumerate(MATRIX):
        app = new_app(tmp_path / str(number))
        add_site(app, site(mode=mode, primary=primary, replicas=replicas, more="clients = {}"))
        app.synth()
    for number, option in enumerate(optional_sites()):
        app = new_app(tmp_path / f"option-{number}")
        add_site(app, option)
        app.synth()
    result = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--format", "json", f"{tmp_path}/*/*.template.json"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.stderr == ""
    findings = [f for f in json.loads(result.stdout) if f["Rule"]["Id"] not in EXPLAINED_WARNINGS]
    assert [f"{f['Filename']}: {f['Rule']['Id']} {f['Message']}" for f in findings] == []


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
    assert (tmp_path / "out" / "s3-failover-assets-example-com-edge-us-east-1.template.json").exists()


def test_app_refuses_templates_that_cdk_nag_finds_fault_with(monkeypatch):
    monkeypatch.setattr(cdk_app, "add_site", lambda scope, site: s3.Bucket(Stack(scope, site.name), "Careless"))
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
