"""The apps in `examples/constructs`: synthesized, judged, and as projects that the embedded AWS deploys."""

import importlib.util
import json
import tempfile
from pathlib import Path

import cdk_nag
from aws_cdk import App, Validations
from cdk_templates import ASSEMBLIES, ROOT, new_app


def example(name):
    """The module of an example."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples/constructs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def synthesized_stacks(name):
    """The stacks of an example by their ids, without the feature flags of this project."""
    app = App(outdir=tempfile.mkdtemp(dir=ASSEMBLIES.name))
    example(name).define(app)
    return {stack.hierarchical_id: stack for stack in app.synth().stacks}


def synthesized(name):
    """The templates of an example by the ids of their stacks."""
    return {name: stack.template for name, stack in synthesized_stacks(name).items()}


def nag_findings(name):
    """What cdk-nag finds in an example: rules and the paths of the constructs."""
    app = new_app()
    example(name).define(app)
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:
        assert "ValidationFailed" in str(error)
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    return {
        (violation["ruleName"], where["constructPath"])
        for each in report["pluginReports"]
        for violation in each["violations"]
        for where in violation["violatingConstructs"]
    }


def project(name, directory):
    """Make a CDK project of an example in a directory, and return the directory."""
    app = new_app(directory / "assembly")
    example(name).define(app)
    app.synth()
    (directory / "cdk.json").write_text(json.dumps({"app": "assembly"}))
    (directory / "node_modules").symlink_to(ROOT / "node_modules")
    return directory
