"""The CDK app: defines the sites of `failover.toml`, or of the file that `-c config=PATH` names."""

from pathlib import Path

import cdk_nag
from aws_cdk import App, Validations

from s3_failover_stacks import add_sites, one_message


def main() -> None:
    """Synthesize all sites; the plugin that judges the templates is your choice, here cdk-nag's AwsSolutions."""
    app = App()
    with one_message():
        add_sites(app, app.node.try_get_context("config") or Path(__file__).parent / "failover.toml")
        Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
        app.synth()


if __name__ == "__main__":
    main()
