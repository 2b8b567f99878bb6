"""Guards for the source layout. Imports no CDK, so that it still speaks when everything else cannot be imported."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("folder", ["constructs", "tests", "tests/constructs"])
def test_folder_is_no_package_because_it_would_shadow_the_constructs_library(folder):
    assert not (ROOT / folder / "__init__.py").exists()


def test_no_package_hides_in_the_tests():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def imports(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module


FORBIDDEN = [
    ("runtime", ("aws_cdk", "constructs", "cdk_nag", "s3_failover_constructs", "stacks", "app")),
    (
        "runtime/s3_failover/client",
        ("s3_failover.local", "s3_failover.cli", "s3_failover.metrics", "s3_failover.errors"),
    ),
    (
        "runtime/s3_failover/metrics",
        ("s3_failover.local", "s3_failover.cli", "s3_failover.config", "s3_failover.errors"),
    ),
    ("runtime/s3_failover/drill", ("s3_failover.local", "s3_failover.cli", "s3_failover.operations")),
    ("runtime/s3_failover/operations", ("s3_failover.local", "s3_failover.cli")),
    ("constructs", ("s3_failover.config", "s3_failover.cli", "s3_failover.local", "stacks", "app")),
    ("stacks", ("s3_failover.cli", "s3_failover.local", "app")),
]


@pytest.mark.parametrize(("folder", "forbidden"), FORBIDDEN)
def test_imports_go_one_way(folder, forbidden):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, name in imports(folder)
        if name in forbidden or name.startswith(tuple(f"{prefix}." for prefix in forbidden))
    ]
    assert wrong == []


CLIENT = ROOT / "runtime/s3_failover/client"
ROOMS = {"net": (), "regions": ("net",), "files": ("net",)}
"""The rooms of the client, and those that each of them may import."""


def rooms_behind(files):
    """The rooms from which some files of the client import."""
    found = set()
    for path, name in imports("runtime/s3_failover/client"):
        if path in files and name.startswith("s3_failover.client"):
            found |= {room for room in ROOMS if name.startswith(f"s3_failover.client.{room}")}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_client_imports_only_the_rooms_below_it(room):
    assert rooms_behind(set((CLIENT / room).glob("*.py"))) <= {room, *ROOMS[room]}


def test_what_the_rooms_of_the_client_share_imports_none_of_them():
    joins = {CLIENT / name for name in ("__init__.py", "client.py", "aio.py")}
    assert rooms_behind(joins) == set(ROOMS)
    assert rooms_behind(set(CLIENT.glob("*.py")) - joins) == set()


def test_the_client_has_few_files():
    assert {path.name for path in CLIENT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ROOMS)
    assert len(list(CLIENT.rglob("*.py"))) <= 26


@pytest.mark.parametrize("folder", ["client", "metrics"])
def test_what_needs_boto3_alone_never_imports_pydantic(folder):
    wrong = ("pydantic", "s3_failover.results", "s3_failover.operations")
    assert [name for _, name in imports(f"runtime/s3_failover/{folder}") if name.startswith(wrong)] == []


def test_only_parameters_of_boto3_are_typed_dictionaries():
    """What a command prints is a model of `s3_failover.results`."""
    defined = {
        f"{path.name} {node.name}"
        for path in (ROOT / "runtime").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("TypedDict") for base in node.bases)
    }
    assert defined == {"objects.py ReadParameters"}


def test_only_the_settings_of_the_client_know_the_configuration():
    assert {
        path.name for path, name in imports("runtime/s3_failover/client") if "config" in name and "botocore" not in name
    } == {"settings.py"}


def of_embedded_aws():
    """Yield each module that works with the embedded AWS and is no part of it, with its syntax tree."""
    local = ROOT / "runtime/s3_failover/local"
    for path in local.rglob("*.py"):
        if path.relative_to(local).parts[0] not in ("emulator", "route53"):
            yield path.relative_to(local).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


ENGINE = {
    "udp_with_fallback": "asks DNS",
    "make_query": "asks DNS",
    "wrap_socket": "views a site",
    "get_health_check_status": "watches checks",
    "receive_message": "watches alarms",
    "put_object": "publishes",
    "upload_file": "publishes",
    "create_invalidation": "publishes",
}
"""Calls that act on a site, or look at it as viewers do."""


def test_what_acts_on_a_site_exists_once_and_the_embedded_aws_brings_none_of_it():
    found = [
        f"{name} {ENGINE[node.func.attr]} with {node.func.attr}"
        for name, tree in of_embedded_aws()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENGINE
    ]
    assert found == []


def test_the_embedded_aws_defines_no_engine_of_its_own():
    kinds = ("Conductor", "Watch", "Viewers", "Viewer", "Server", "Cache", "Inbox", "Publication", "Leg")
    found = {
        f"{name} defines {node.name}"
        for name, tree in of_embedded_aws()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(kinds)
    }
    # What starts the emulator's process.
    assert found == {"server.py defines Server"}


def test_the_demo_publishes_and_every_drill_is_conducted_as_in_an_account():
    used = {(path.relative_to(ROOT / "runtime/s3_failover").as_posix(), name) for path, name in imports("runtime")}
    assert ("local/demo.py", "s3_failover.operations.publish") in used
    conducted = {path for path, name in used if name == "s3_failover.operations.drill.conduct"}
    assert {"operations/drill/drill.py", "local/drill/outage.py", "local/drill/fleet/outage.py"} <= conducted


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("home", [None, "", "/home/someone"])
def test_make_gives_a_home_to_who_has_none(home):
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "MAKEFLAGS", "MAKELEVEL")}
    environment |= {} if home is None else {"HOME": home}
    command = ["make", "--no-print-directory", "--eval=home:;@echo $$HOME", "home"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert told == (home or f"{ROOT}/.s3-failover/home")


def test_only_the_configuration_asks_which_kind_a_secondary_is():
    named = re.compile(r"\bSecondaryType\b|\bsecondary\.type\b")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("constructs", "runtime", "stacks")
        for path in (ROOT / folder).rglob("*.py")
        if named.search(path.read_text(encoding="utf-8"))
    }
    config = "runtime/s3_failover/config/"
    assert {name for name in found if not name.startswith(f"{config}secondaries/")} == {
        f"{config}__init__.py",
        f"{config}changes.py",
        f"{config}model.py",
        f"{config}rules.py",
    }


def test_every_file_that_the_architecture_names_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("constructs", "runtime", "stacks", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    named = set(re.findall(r"`(?:constructs/\.\.\./)?([a-z0-9_/]+\.py)`", text)) - {"app.py"}
    assert named
    assert {name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)} == set()
