"""What the documents say about money is what the list of prices and the items come to."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from sites import site
from typer.testing import CliRunner

from s3_failover.cli.app import app
from s3_failover.config import Site
from s3_failover.operations.cost.inventory import Inventory, inventory
from s3_failover.operations.cost.items import ROTATIONS, Items
from s3_failover.operations.cost.prices import load
from s3_failover.operations.cost.usage import told

ROOT = Path(__file__).parents[3]
PRICES = load()


def usd(amount):
    return f"{amount.quantize(Decimal('0.01'))}"


def https_site(more=""):
    of = site(primary="us-west-2", more=f'secondary = {{ type = "https" }}\n{more}')
    return of.model_copy(update={"replica_regions": ("us-east-1",)})


def cost(of: Site, counted: Inventory, **given):
    """What all items cost together, without what is free and without rounding; health checks themselves left out."""
    items = Items(of, counted, told({"viewer_gb": "0"} | given)).all()
    asked = [item for item in items if not item.price.startswith("health-check")]
    return sum(PRICES.price(item.price, item.place).each * item.quantity.value for item in asked)


def per_million_at_the_https_secondary():
    of = https_site()
    all_month = {"outage_hours": "730", "viewer_requests": "0"}
    return cost(of, inventory(of), **all_month | {"viewer_requests": "1000000"}) - cost(of, inventory(of), **all_month)


def idle_https_secondary(seconds):
    of = https_site(f"health_check_interval = {seconds}")
    counted = inventory(of)
    checks = {name: check for name, check in counted.health_checks.items() if name != "secondary"}
    return cost(of, counted) - cost(of, Inventory(**vars(counted) | {"health_checks": checks}))


def tenth(amount):
    return f"{amount.quantize(Decimal('0.1'))}0"


def price(name, place="us-east-1"):
    return PRICES.price(name, place).usd


def range_of_the_example():
    """Return what the recommended site of failover.toml costs a month in its first year, in whole dollars."""
    config = str(ROOT / "failover.toml")
    found = json.loads(CliRunner().invoke(app, ["cost", "www", "--config", config, "--json"]).stdout)
    return " to ".join(str(round(Decimal(usd))) for usd in found["years"]["first"].values())


A_MONTH = range_of_the_example()
PER_MILLION = usd(per_million_at_the_https_secondary())
PER_GB = usd(price("internet-transfer"))
KEYS = [usd(price("kms-key") + year * price("kms-rotation")) for year in range(ROTATIONS + 1)]
EXTERNAL_CHECK = usd(price("health-check-other") + price("health-check-option-other"))

SWITCH_CHECK = usd(price("health-check-aws") + price("health-check-option-aws"))

GUIDES = {f"${PER_MILLION} per million", f"${PER_GB} for each GB", f"${A_MONTH} a month in its first year"}
ADRS = {
    "0008-alarm-topics.md": [f"{KEYS[0]} USD a month each, {KEYS[1]} USD in the second year and {KEYS[2]} USD from"],
    "0017-https-secondary.md": [
        f"${tenth(idle_https_secondary(30))} a month for the health check's requests at 30 s",
        f"${tenth(idle_https_secondary(10))} at 10 s",
        f"${usd(price('http-api'))}, metered per 512 KB; ${PER_MILLION} with function, logs and reads",
    ],
    "0018-zones-and-record-names.md": [
        f"a ${EXTERNAL_CHECK} health check",
        f"A hosted zone is ${usd(price('hosted-zone'))} a month",
        f"(${usd(price('dns-queries'))} per million)",
    ],
    "0038-evacuation-by-an-object.md": [f"${SWITCH_CHECK} a month for the check"],
    "0022-what-the-distribution-does.md": [f"A function {usd(price('cdn-functions'))} USD per million requests"],
    "0023-keys-and-accounts-of-copies.md": [
        f"{KEYS[0]} USD a month for each key, {KEYS[2]} USD from the third year on"
    ],
}


def flat(path):
    return re.sub(r"\s+", " ", path.read_text())


def test_every_figure_of_the_readme_and_the_guides_follows_from_the_list_of_prices():
    text = " ".join(flat(path) for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))))
    assert all(sentence in text for sentence in GUIDES)
    figures = re.findall(r"\$[0-9]+(?:\.[0-9]+)?", text)
    assert sorted(figures) == sorted(sentence.split()[0] for sentence in GUIDES)


@pytest.mark.parametrize(("name", "sentences"), ADRS.items(), ids=ADRS)
def test_the_decisions_say_what_the_list_says(name, sentences):
    text = flat(ROOT / "docs/adr" / name)
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_the_drill_that_costs_something_says_what():
    said = f"FIS charges {usd(price('fis-action'))} USD for each minute and replica"
    assert said in flat(ROOT / "docs/operate/drill.md")


def test_no_decision_names_an_amount_in_words():
    words = re.compile(r"\b(one|two|three|some|few) (US )?dollars?\b")
    assert [path.name for path in (ROOT / "docs/adr").glob("*.md") if words.search(flat(path))] == []


def test_the_example_is_what_the_command_prints():
    example = re.search(
        r"```\n\$ s3-failover (cost .*)\n((?:.*\n)*?)```\n", (ROOT / "docs/operate/cost.md").read_text()
    )
    result = CliRunner().invoke(app, [*example[1].split(), "--config", str(ROOT / "failover.toml")])
    assert result.stdout == example[2]
