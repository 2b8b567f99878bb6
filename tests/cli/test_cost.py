"""`s3-failover cost` before anything is deployed: no credentials, no network."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover import __version__
from s3_failover.cli import cost as command
from s3_failover.cli.app import app
from s3_failover.errors import UserError
from s3_failover.operations.cost.prices import SHIPPED
from s3_failover.operations.cost.usage import ASSUMPTIONS

EXAMPLE = Path(__file__).parents[2] / "failover.toml"


def cost(*arguments, site="assets"):
    return CliRunner().invoke(app, ["cost", site, "--config", str(EXAMPLE), *map(str, arguments)])


def document(*arguments):
    result = cost("--json", *arguments)
    assert result.exit_code == 0, result.exception
    return as_declared("cost", result.stdout)


def refused(*arguments, site="assets"):
    result = cost(*arguments, site=site)
    assert isinstance(result.exception, UserError)
    return str(result.exception)


def test_the_table_ends_in_the_total_of_its_lines():
    result = cost()
    assert result.exit_code == 0
    found = document()
    low, high = found["years"]["first"].values()
    assert found["total"] == low
    assert f"{low} to {high}  USD a month for assets.example.com, in the first year" in result.stdout
    for name in ASSUMPTIONS.values():
        assert name.option in result.stdout


def test_lines_and_services_make_the_total():
    found = document("--stored-gb", "12345.678", "--viewer-gb", "9999", "--no-free-tier")
    lines = [Decimal(line["usd"]) for line in found["lines"]]
    assert sum(lines) == Decimal(found["total"]) == sum(map(Decimal, found["services"].values()))
    assert all(-usd.as_tuple().exponent == 2 for usd in lines)


def test_every_price_says_when_and_where_it_was_read_and_of_which_day_it_is():
    prices = [line["price"] for line in document()["lines"]]
    assert all(price["read"].startswith("202") and price["source"] for price in prices)
    assert any(price["as_of"] is None for price in prices)
    assert all(price["as_of"] <= price["read"] for price in prices if price["as_of"])
    assert "list prices of 2026-01-01 to 2026-" in cost().stdout


def test_a_list_without_a_single_date(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "today", lambda: date(2026, 11, 29))
    path = tmp_path / "prices.toml"
    path.write_text(re.sub(r"as_of = .*\n", "", SHIPPED.read_text()).replace("read = 2026-11-29", "read = 2019-07-01"))
    result = cost("--prices", path)
    assert result.exit_code == 0
    assert "that bear no date, read on 2019-07-01 or later." in result.stdout
    assert "is without a date and was read on 2019-07-01, over a year ago" in result.stderr


def test_what_a_price_may_not_be_is_said_in_the_line():
    lines = {(line["what"], line["region"]): line["price"] for line in document("--stored-gb", "60000")["lines"]}
    assert lines["replica: reads", "us-east-2"]["doubts"] == ["remembered"]
    assert lines["composite alarms", "us-east-1"]["doubts"] == []
    assert lines["primary: storage", "us-west-2"]["usd"] == ["0.023", "0.022"]
    assert "0.023 to 0.022 per GB-month" in cost("--stored-gb", "60000").stdout


@pytest.mark.parametrize(
    ("day", "said"),
    [("2026-11-29", None), ("2029-01-01", "over a year ago"), ("2019-01-01", "after today: read it again")],
)
def test_old_prices_and_prices_of_tomorrow_are_warned_about(monkeypatch, day, said):
    monkeypatch.setattr(command, "today", lambda: date.fromisoformat(day))
    result = cost("--json")
    assert result.exit_code == 0
    as_declared("cost", result.stdout)
    assert ("warning: the price" in result.stderr) == bool(said)
    assert (said or "") in result.stderr
    assert result.stderr.count("\n") == bool(said)


def test_an_option_replaces_an_assumption():
    found = document("--stored-gb", "500")
    assert found["assumptions"]["stored_gb"]["value"] == "500"
    assert found["assumptions"]["stored_gb"]["basis"] == "given"
    assert {line["basis"] for line in found["lines"] if line["what"] == "primary: storage"} == {"given"}


def test_without_what_is_free_everything_costs_something():
    assert Decimal(document("--no-free-tier")["total"]) > Decimal(document()["total"])
    assert not any(Decimal(line["free"]) for line in document("--no-free-tier")["lines"])


def test_another_list_of_prices(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(SHIPPED.read_text().replace('us-west-2 = ["0.023"', 'us-west-2 = ["0.2"'))
    found = document("--prices", path, "--stored-gb", "100")
    (line,) = [line for line in found["lines"] if line["what"] == "primary: storage"]
    assert line["usd"] == "20.00"


@pytest.mark.parametrize("assumption", ASSUMPTIONS.values(), ids=ASSUMPTIONS.keys())
def test_a_number_that_makes_no_sense(assumption):
    assert refused(f"{assumption.option}=-1").startswith(f"{assumption.option} is '-1', expected a")


def test_every_number_of_the_output_can_be_given_back():
    given = [
        argument
        for line in cost("--stored-gb", "12345").stdout.splitlines()
        if line.startswith("  --")
        for argument in line.split()[:2]
    ]
    assert document(*given)["total"] == document("--stored-gb", "12345")["total"]


def test_viewers_in_several_areas():
    found = document("--viewers", "europe=0.6, asia=0.4", "--viewer-gb", "10000")
    assert found["asked"]["viewers"] == {"europe": "0.6", "asia": "0.4"}
    sent = {
        line["region"]: Decimal(line["quantity"]) for line in found["lines"] if line["what"] == "transfer to viewers"
    }
    assert sent["europe"] / sent["asia"] == Decimal("1.5")


def test_json_has_all_that_it_takes_to_make_the_estimate_again(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "today", lambda: date(2026, 11, 29))
    other = tmp_path / "prices.toml"
    other.write_text(SHIPPED.read_text() + "# mine\n")
    asked = document()["asked"]
    assert asked == {
        "version": __version__,
        "day": "2026-11-29",
        "config": str(EXAMPLE),
        "config_sha256": hashlib.sha256(EXAMPLE.read_bytes()).hexdigest(),
        "prices": str(SHIPPED),
        "prices_sha256": hashlib.sha256(SHIPPED.read_bytes()).hexdigest(),
        "viewers": {"us": "1"},
        "free_tier": True,
        "count_as": "aws",
        "deployed": False,
        "account": None,
    }
    changed = document("--prices", other, "--no-free-tier", "--count-as-other", "--viewers", "asia")["asked"]
    assert {name for name in asked if asked[name] != changed[name]} == {
        "prices",
        "prices_sha256",
        "viewers",
        "free_tier",
        "count_as",
    }


def test_the_other_reading_changes_the_lines_and_not_the_range():
    low, high = document(), document("--count-as-other")
    assert low["years"] == high["years"]
    assert (low["total"], high["total"]) == tuple(low["years"]["first"].values())


def test_first_copies_and_an_outage_have_lines_of_their_own():
    found = document("--stored-gb", "1024", "--outage-hours", "100", "--viewer-gb", "5000")
    first = {(line["what"], line["region"]): line["usd"] for line in found["first_copies"]["lines"]}
    assert first["replication to us-east-2", "us-west-2"] == "20.48"
    assert sum(map(Decimal, first.values())) == Decimal(found["first_copies"]["total"])
    text = cost("--stored-gb", "1024", "--outage-hours", "100", "--viewer-gb", "5000").stdout
    assert f"{found['outage']}  added by the outage" in text
    assert f"{found['first_copies']['total']}  once, for the first upload" in text
    assert "added by the outage" not in cost().stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--viewers", "mars"], "--viewers is 'mars', expected us, europe, africa"),
        (["--viewers", "us,asia"], "expected shares that add up to 1, like europe=0.6,asia=0.4"),
        (["--prices", "none.toml"], "none.toml: cannot be read"),
        (["--profile", "work"], "--profile names an account, and without --deployed none is asked"),
    ],
)
def test_bad_input_says_what_to_do(arguments, message):
    assert message in refused(*arguments)


def test_an_unknown_site_is_refused_with_the_known_ones():
    assert "has no site 'nowhere', expected www or assets" in refused(site="nowhere")
