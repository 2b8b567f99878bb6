"""Whatever a person writes: findings, or stacks. Never a traceback."""

import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks
from cdk_templates import new_app
from config_strategies import configs, valid_configs
from hypothesis import HealthCheck, Phase, given, settings
from site_stacks import add_site

from s3_failover.config import ConfigError, parse


# The CDK keeps every app in memory, so that shrinking an example would take minutes: the first one found is shown.
def examples(most):
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(max_examples=most, phases=phases, suppress_health_check=[HealthCheck.too_slow])


def synthesize(config):
    app = new_app()
    for site in config.sites:
        add_site(app, site)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app.synth().stacks


@examples(10)
@given(configs())
def test_any_configuration_synthesizes_or_gives_findings(text):
    synthesizes_or_gives_findings(text)


@pytest.mark.long
@examples(100)
@given(configs())
def test_any_of_many_configurations_synthesizes_or_gives_findings(text):
    synthesizes_or_gives_findings(text)


def synthesizes_or_gives_findings(text):
    try:
        config = parse(text)
    except ConfigError as error:
        assert error.findings
        return
    assert len(synthesize(config)) == sum(map(_stacks, config.sites))


def _stacks(site):
    """Count the stacks of a site: primary, evacuation and edge, its buckets, the alarms on S3's rules, its dashboards, and what it asks for."""
    copies = len(site.replica_regions)
    made = copies - len(site.existing.replica_buckets)
    alarms = 1 + copies if site.replication.engine == "s3" else 0
    asked = (site.secondary.type != "website", site.hosted_zone.create, site.clients is not None)
    dashboard = bool(site.dashboard) or bool(site.on_dashboard)
    return 3 + made + alarms + sum(asked) + dashboard


@pytest.mark.long
@examples(25)
@given(valid_configs())
def test_what_check_accepts_synthesizes_and_passes_cdk_nag(text):
    assert synthesize(parse(text))
