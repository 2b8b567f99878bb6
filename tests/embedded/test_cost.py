"""What a deployed site costs: the account supplies what it knows, and the result names the rest."""

import json

import pytest
from typer.testing import CliRunner

from s3_failover.cli import target
from s3_failover.cli.app import app
from s3_failover.errors import UserError
from s3_failover.operations.cost.inventory import inventory
from s3_failover.operations.cost.measured import Measurement
from s3_failover.operations.cost.quantity import Basis
from s3_failover.operations.cost.usage import told

pytestmark = pytest.mark.embedded


def test_the_health_checks_that_are_deployed_are_those_that_were_counted(site, account):
    counted = inventory(site.site)
    found, others = Measurement(site.site, account).health_checks(counted)
    assert found.health_checks == counted.health_checks
    assert len(others) >= 3


def test_a_site_that_is_not_deployed_is_said_to_be_so(dns, account):
    elsewhere = dns.site.model_copy(update={"hostname": "nowhere.example.com"})
    with pytest.raises(
        UserError, match=r"there is no stack s3-failover-nowhere-example-com-edge-us-east-1 .*: deploy the site"
    ):
        Measurement(elsewhere, account).health_checks(inventory(elsewhere))


def test_a_site_of_minutes_has_neither_viewers_nor_storage_that_were_measured(dns, account):
    assert dns.distribution("").status in (200, 404)
    used = Measurement(dns.site, account).usage(told({}))
    assert used["viewer_requests"].basis is used["viewer_gb"].basis is Basis.ASSUMED
    assert used["viewer_requests"].value > 0
    assert used["stored_gb"].basis is Basis.ASSUMED
    assert any(each.startswith(f"how much {dns.primary} holds") for each in used.unknown)


def test_the_command_says_what_it_does_not_know(dns, account, monkeypatch, tmp_path):
    config = tmp_path / "failover.toml"
    config.write_text(f"""
        [sites.shop]
        hostname = "{dns.site.hostname}"
        primary_region = "{dns.site.primary_region}"
        replica_regions = {json.dumps(dns.site.replica_regions)}
        hosted_zone = {{ id = "{dns.site.hosted_zone.id}", name = "{dns.site.hosted_zone.name}" }}
        mode = "dns"
    """)
    monkeypatch.setattr(target, "embedded", lambda: account)
    monkeypatch.setattr(target, "_embedded_dns", lambda: None)
    result = CliRunner().invoke(app, ["cost", "--config", str(config), "--deployed", "--local", "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["assumptions"]["viewer_requests"]["basis"] == "assumed"
    assert any(each.startswith("what viewers do: ") for each in found["unknown"])
    checks = next(line for line in found["lines"] if line["what"] == "health checks, AWS endpoints")
    assert (checks["quantity"], checks["basis"]) == ("4", "measured")
    assert (found["asked"]["account"], found["first_copies"]) == (account.id, None)
