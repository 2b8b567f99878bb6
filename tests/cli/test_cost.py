"""`s3-failover cost` before anything is deployed: no credentials, no network."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from schemas import as_declared
from typer.testing import CliRunner

from s3_failover.cli import cost as command
from s3_failover.cli.app import app
from s3_failover.errors import UserError
from s3_failover.operations.cost.prices import SHIPPED
from s3_failover.operations.cost.usage import ASSUMPTIONS

EXAMPLE = Path(__file__).parents[2] / "failover.toml"


def cost(*arguments):
    return CliRunner().invoke(app, ["cost", "--config", str(EXAMPLE), *map(str, arguments)])


def document(*arguments):
    result = cost("--json", *arguments)
    assert result.exit_code == 0, result.exception
    return as_declared("cost", result.stdout)


def refused(*arguments):
    result = cost(*arguments)
    assert isinstance(result.exception, UserError)
    return str(result.exception)


def test_the_table_ends_in_the_total_of_its_lines():
    result = cost()
    assert result.exit_code == 0
    total = document()["total"]
    assert f"{total}  USD a month for assets.example.com" in result.stdout
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
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "-0.001", "many", "", "1e99", "1,000"])
def test_a_number_that_makes_no_sense(assumption, value):
    message = refused(f"{assumption.option}={value}")
    assert message.startswith(f"{assumption.option} is {value!r}, expected a number from 0")


def test_a_share_is_at_most_one():
    assert refused("--cache-hits", "1.1").startswith("--cache-hits is '1.1', expected a number from 0 to 1: ")
    assert document("--cache-hits", "1")["assumptions"]["cache_hits"]["value"] == "1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--viewers", "mars"], "--viewers is 'mars', expected us, europe, africa"),
        (["--prices", "none.toml"], "none.toml: cannot be read"),
        (["nowhere"], "has no site 'nowhere', expected assets"),
        (["--profile", "work"], "--profile names an account, and without --deployed none is asked"),
    ],
)
def test_bad_input_says_what_to_do(arguments, message):
    assert message in refused(*arguments)
