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
from sites import site

import app as cdk_app
from stacks.site import add_site

HTTPS = 'viewer_https = "hsts"\nsecondary = { type = "https" }'
MATRIX = [
    *(
        (mode, primary, replicas, "")
        for mode in ("dns", "hybrid")
        for primary in ("us-east-1", "eu-west-1")
        for replicas in (1, 3)
    ),
    ("dns", "eu-west-1", 1, HTTPS),
    ("hybrid", "eu-west-1", 3, HTTPS),
]

EXPLAINED_WARNINGS = {
    # CDK's Function declares the dependency on its role although it also refers to it.
    "W3005",
}


@pytest.mark.parametrize(("mode", "primary", "replicas", "more"), MATRIX)
def test_cdk_nag_has_no_unexplained_finding(mode, primary, replicas, more):
    app = new_app()
    add_site(app, site(mode=mode, primary=primary, replicas=replicas, more=f"clients = {{}}\n{more}"))
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    app.synth()


def test_cdk_nag_would_be_heard():
    careless = new_app()
    s3.Bucket(Stack(careless, "Careless"), "Bucket")
    Validations.of(careless).add_plugins(cdk_nag.AwsSolutionsChecks(careless))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        careless.synth()


def test_cfn_lint_has_no_error_and_no_unexplained_warning(tmp_path):
    for number, (mode, primary, replicas, more) in enumerate(MATRIX):
        app = new_app(tmp_path / str(number))
        add_site(app, site(mode=mode, primary=primary, replicas=replicas, more=f"clients = {{}}\n{more}"))
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
    assert (tmp_path / "out" / "s3-failover-assets-edge-us-east-1.template.json").exists()


def test_app_refuses_templates_that_cdk_nag_finds_fault_with(monkeypatch):
    monkeypatch.setattr(cdk_app, "add_site", lambda scope, site: s3.Bucket(Stack(scope, site.name), "Careless"))
    with pytest.raises(SystemExit, match="error: ValidationFailed"):
        cdk_app.main()


def test_app_refuses_what_check_finds_in_the_same_words(environment, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text((ROOT / "failover.toml").read_text().replace('"assets.example.com"', '"example.com"'))
    result = run_app(config=bad, **environment)
    check = subprocess.run(
        [sys.executable, "-c", "from s3_failover.cli import main; main()", "check", str(bad)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, check.returncode) == (1, 1)
    assert "SITE-APEX-CNAME" in result.stderr
    assert result.stderr.strip() == check.stdout.strip()
    assert "Traceback" not in result.stderr + check.stderr


def test_app_names_a_missing_file(environment, tmp_path):
    result = run_app(config=tmp_path / "none.toml", **environment)
    assert result.returncode == 1
    assert "CONFIG-FILE" in result.stderr
    assert "Traceback" not in result.stderr
