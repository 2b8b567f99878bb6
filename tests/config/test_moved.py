"""Regions in the text of a file become others, and nothing else changes."""

import pytest
from sites import site

from s3_failover.config import load
from s3_failover.config.moved import with_regions
from s3_failover.errors import UserError

TEXT = """# The shop.
[sites.other]
primary_region = "eu-west-1"

[sites.shop]          # ours
hostname = "shop.example.com"
  primary_region  =  'eu-west-1'   # Dublin
replica_regions = ["eu-central-1"]  # Frankfurt
protected_regions = [
  "eu-west-1",   # since 2026
  "eu-central-1",
]

[sites.shop.cdn]
security_headers = true
"""


def moved(text, **moves):
    return with_regions(text, site(), {left.replace("_", "-"): new for left, new in moves.items()})


def primary(text):
    return moved(text, eu_west_1="eu-north-1")


def test_a_primary_region_changes_and_every_comment_stays():
    expected = TEXT.replace("'eu-west-1'   # Dublin", "'eu-north-1'   # Dublin").replace(
        '"eu-west-1",   # since', "# since"
    )
    assert primary(TEXT) == expected


def test_a_first_replica_takes_the_website_with_it():
    expected = TEXT.replace(
        '["eu-central-1"]  # Frankfurt\n', '["eu-north-1"]  # Frankfurt\nsecondary = { type = "https" }\n'
    )
    assert moved(TEXT, eu_central_1="eu-north-1") == expected.replace('  "eu-central-1",\n', "  \n")


def test_both_can_change():
    found = moved(TEXT, eu_west_1="eu-north-1", eu_central_1="eu-south-1")
    assert ("'eu-north-1'" in found, '"eu-south-1"' in found, found.count("eu-west-1")) == (True, True, 1)


@pytest.mark.parametrize("written", ['secondary = { type = "website" } # W', "secondary={ type='website' }"])
def test_a_secondary_that_is_written_is_changed_there(written):
    text = f'[sites.shop]\nprimary_region = "eu-west-1"\nreplica_regions = ["eu-central-1"]\n{written}\n'
    assert moved(text, eu_central_1="eu-north-1") == text.replace("eu-central-1", "eu-north-1").replace(
        "website", "https"
    )


def test_a_further_replica_leaves_the_secondary_alone():
    text = (
        '[sites.shop]\nprimary_region = "eu-west-1"\nreplica_regions = [\n  "eu-central-1", # a\n  "ap-south-1",\n]\n'
    )
    found = with_regions(text, site(replicas=2), {"ap-south-1": "ap-east-1"})
    assert found == text.replace("ap-south-1", "ap-east-1")


REST = 'replica_regions = ["eu-central-1"]'


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("begin", ["", "\ufeff", f"[sites.a]\nprimary_region = 'eu-west-1'\n{REST}\n"])
@pytest.mark.parametrize("header", ["[sites.shop]", "[ sites . shop ]", '[sites."shop"]', "[sites.'shop']"])
def test_headers_and_line_ends_are_read_as_toml_has_them(begin, header, end):
    text = f'{begin}{header} # x\n{REST}\nprimary_region = "eu-west-1"'.replace("\n", end)
    assert primary(text) == f'{begin}{header} # x\n{REST}\nprimary_region = "eu-north-1"'.replace("\n", end)


@pytest.mark.parametrize(
    "text",
    [
        f"sites.shop.primary_region = 'eu-west-1'\nsites.shop.{REST}",
        '[sites]\nshop = { primary_region = "eu-west-1", replica_regions = ["eu-central-1"] }',
        f"[sites.shop]\n{REST}\nnote = '''\nprimary_region = 'eu-west-1'\n'''\nprimary_region = 'eu-west-1'",
        f"[sites.shop]\n'primary_region' = 'eu-west-1'\n{REST}",
    ],
)
def test_what_is_written_otherwise_is_left_to_the_user(text):
    with pytest.raises(UserError, match="write eu-north-1 in place of eu-west-1 there yourself"):
        primary(text)


def test_a_secondary_in_a_table_of_its_own_is_left_to_the_user():
    text = f'[sites.shop]\nprimary_region = "eu-west-1"\n{REST}\n[sites.shop.secondary]\ntype = "website"\n'
    with pytest.raises(UserError, match=r'and secondary = \{ type = "https" \} there yourself'):
        moved(text, eu_central_1="eu-north-1")


def test_the_example_file_can_be_moved(pytestconfig):
    path = pytestconfig.rootpath / "failover.toml"
    for each in load(path).sites:
        text = with_regions(path.read_text(), each, {each.primary_region: "us-west-1"})
        assert text.count("us-west-1") == 1
        assert with_regions(path.read_text(), each, {each.replica_regions[0]: "us-west-1"}).count('"https"') == 1
