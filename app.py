"""The CDK app: reads the configuration and defines the stacks of every site."""

import sys
from pathlib import Path

import cdk_nag
from aws_cdk import App, Validations

from s3_failover.config import ConfigError, load
from s3_failover_stacks.site import add_site


def main() -> None:
    """Synthesize all sites of `failover.toml`, or of the file that `-c config=PATH` names."""
    app = App()
    path = Path(app.node.try_get_context("config") or Path(__file__).parent / "failover.toml")
    try:
        config = load(path)
    except ConfigError as error:
        sys.exit(str(error))
    for site in config.sites:
        add_site(app, site)
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:
        # Validation has printed its report; a JavaScript traceback below it helps nobody.
        if not str(error).startswith("ValidationFailed"):
            raise
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
