"""The table of changes: no setting is missing, no row is about a setting that there is not, and the page is up to date."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from s3_failover.config import expectations
from s3_failover.config.changes import CHANGES, render
from s3_failover.config.model import Site

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "changes.md"
TABLES = ("cdn", "alarms", "clients", "publish")
WHOLE = ("hosted_zone",)
"""Settings whose parts mean nothing alone."""


def settings(model: type[BaseModel] = Site, path: str = ""):
    for key, field in model.model_fields.items():
        inner = expectations.model_of(field)
        name = f"{path}{key}"
        if inner is None or name in WHOLE:
            yield name
        elif name in TABLES:
            yield f"{name}.*"
        else:
            yield from settings(inner, f"{name}.")


def test_every_setting_has_a_row_and_no_row_is_about_another():
    wanted = set(settings()) - {"name"}
    assert {setting for each in CHANGES for setting in each.settings} == wanted


def test_rows_about_one_setting_say_when_each_of_them_holds():
    for each in CHANGES:
        others = [other for other in CHANGES if other is not each and set(other.settings) & set(each.settings)]
        if any(not other.change for other in others):
            assert each.change


@pytest.mark.skipif(not PAGE.parent.exists(), reason="the documentation is not part of an installed package")
def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == render(), "run make docs"
