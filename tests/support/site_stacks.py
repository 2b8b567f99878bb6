"""The stacks of a site, synthesized, by what they hold and where: `edge-us-east-1`."""

from typing import Any

from aws_cdk.cx_api import CloudFormationStackArtifact
from cdk_templates import new_app
from constructs import Construct

from s3_failover.config import Site
from s3_failover_stacks import Site as SiteConstruct


def add_site(scope: Construct, site: Site) -> SiteConstruct:
    """Define a site as `add_sites` does those of a file."""
    return SiteConstruct.from_config(scope, site.name, site)


_SYNTHESIZED: dict[str, dict[str, CloudFormationStackArtifact]] = {}


def synthesized(site: Site) -> dict[str, CloudFormationStackArtifact]:
    """Return the stacks of a site by role and region; each site is synthesized once in a run."""
    settings = repr(site)  # all of them: a site has tables, and no hash
    if settings not in _SYNTHESIZED:
        app = new_app()
        add_site(app, site)
        _SYNTHESIZED[settings] = {
            stack.stack_name.removeprefix(site.naming.stacks): stack for stack in app.synth().stacks
        }
    return _SYNTHESIZED[settings]


def templates(site: Site) -> dict[str, dict[str, Any]]:
    """Return the templates of a site by role and region."""
    return {name: stack.template for name, stack in synthesized(site).items()}


def find(template: dict[str, Any], resource_type: str) -> list[dict[str, Any]]:
    """Return the properties of a template's resources of a type."""
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == resource_type]
