from pathlib import Path

import pytest

from s3_failover.config import load
from s3_failover.errors import UserError
from s3_failover.local.publish import content

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site():
    return load(ROOT / "failover.toml").sites[0]


def test_keys_are_paths_with_slashes_in_order(site):
    keys = [key for key, _ in content(ROOT / "examples" / "site", site)]

    assert keys == sorted(keys)
    assert {"index.html", "error.html", "docs/index.html", "docs/empty.txt", "pictures/café am Hafen.txt"} <= set(keys)


@pytest.mark.parametrize("name", ["missing", "."])
def test_fails_for_a_directory_without_files(site, tmp_path, name):
    with pytest.raises(UserError, match=r"nothing to publish in .*, expected a directory with at least one file"):
        content(tmp_path / name, site)


def test_fails_for_a_file_that_would_replace_the_health_object(site, tmp_path):
    health = tmp_path / site.health_key
    health.parent.mkdir(parents=True)
    health.touch()

    with pytest.raises(UserError, match=r"the health object of sites\.assets"):
        content(tmp_path, site)
