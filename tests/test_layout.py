"""Guards for the source layout. Imports no CDK, so that it still speaks when everything else cannot be imported."""

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from breakable_aws.emulator.base.hook_points import REPLACED, USED
from s3_failover.names import alarms
from s3_failover.names.metrics import NAMESPACE
from s3_failover.names.stacks import EDGE_REGION, Output

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("folder", ["constructs", "stacks", "tests", "tests/constructs"])
def test_folder_is_no_package(folder):
    """`constructs` would shadow the library of that name, and source roots are no packages."""
    assert not (ROOT / folder / "__init__.py").exists()


def test_no_package_hides_in_the_tests():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@functools.cache
def nodes(path):
    """Every node of a module's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module


FORBIDDEN = [
    ("runtime", ("aws_cdk", "constructs", "cdk_nag", "s3_failover_constructs", "s3_failover_stacks", "app")),
    (
        "runtime/s3_failover/client",
        ("s3_failover.local", "s3_failover.cli", "s3_failover.metrics", "s3_failover.errors"),
    ),
    (
        "runtime/s3_failover/metrics",
        ("s3_failover.local", "s3_failover.cli", "s3_failover.config", "s3_failover.errors"),
    ),
    ("runtime/s3_failover/drill", ("s3_failover.local", "s3_failover.cli", "s3_failover.operations")),
    ("runtime/s3_failover/project", ("s3_failover.local", "s3_failover.cli", "s3_failover.operations")),
    ("runtime/s3_failover/operations", ("s3_failover.local", "s3_failover.cli")),
    *(
        (f"runtime/s3_failover/{each}", ("breakable_aws",))
        for each in ("client", "config", "drill", "metrics", "operations", "project")
    ),
    ("breakable", ("s3_failover", "s3_failover_constructs", "s3_failover_stacks", "app")),
    ("constructs", ("s3_failover.config", "s3_failover.cli", "s3_failover.local", "s3_failover_stacks", "app")),
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
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("TypedDict") for base in node.bases)
    }
    assert defined == {"objects.py ReadParameters"}


def test_only_the_settings_of_the_client_know_the_configuration():
    assert {
        path.name for path, name in imports("runtime/s3_failover/client") if "config" in name and "botocore" not in name
    } == {"settings.py"}


def of_embedded_aws():
    """Yield each module that works with the embedded AWS and is no part of it, with the nodes of its syntax tree."""
    local = ROOT / "runtime/s3_failover/local"
    for path in local.rglob("*.py"):
        yield path.relative_to(local).as_posix(), nodes(path)


def test_one_folder_of_the_embedded_aws_imports_ministack():
    base = ROOT / "breakable/breakable_aws/emulator/base"
    importers = {path for path, name in imports("breakable") if name.split(".")[0] == "ministack"}
    assert {path for path in importers if path.parent != base} == set()
    assert importers


def test_few_places_of_ministack_are_replaced_or_private():
    private = [name for names in USED.values() for name in names.split() if name.startswith("_")]
    assert len(REPLACED) <= 15
    assert len(private) <= 50


def test_classes_that_are_read_together_have_names_of_their_own():
    places = Counter(
        node.name
        for folder in ("breakable/breakable_aws", "constructs", "runtime", "stacks")
        for path in (ROOT / folder).rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert len([name for name, count in places.items() if count > 1]) <= 12


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
        for name, found in of_embedded_aws()
        for node in found
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENGINE
    ]
    assert found == []


def test_the_embedded_aws_defines_no_engine_of_its_own():
    kinds = ("Conductor", "Watch", "Viewers", "Viewer", "Server", "Cache", "Inbox", "Publication", "Leg")
    found = {
        f"{name} defines {node.name}"
        for name, found in of_embedded_aws()
        for node in found
        if isinstance(node, ast.ClassDef) and node.name.endswith(kinds)
    }
    assert found == set()


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
        f"{config}tables.py",
        f"{config}rules.py",
    }


def test_every_file_that_the_architecture_names_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("breakable", "constructs", "runtime", "stacks", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    named = set(re.findall(r"`(?:constructs/\.\.\./)?([a-z0-9_/]+\.py)`", text)) - {"app.py"}
    assert named
    assert {name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)} == set()


def test_every_decision_is_in_the_index_and_every_number_is_accounted_for():
    adr = ROOT / "docs/adr"
    index = (adr / "README.md").read_text(encoding="utf-8")
    pages = {path.name: int(path.name[:4]) for path in adr.glob("[0-9]*.md")}
    assert re.findall(r"^\| \[(\d+)\]\((.+?)\)", index, re.MULTILINE) == [
        (str(number), name) for name, number in sorted(pages.items())
    ]
    assert all((adr / name).read_text(encoding="utf-8").startswith(f"# {number}. ") for name, number in pages.items())
    (unused,) = re.findall(r"No page ever had the numbers ([\d, and]+)\.", index)
    assert {int(number) for number in re.findall(r"\d+", unused)} == set(range(1, max(pages.values()))) - {
        *pages.values()
    }


def literals(path):
    """Yield the strings in a module that are no docstrings, parts of f-strings among them."""
    documents = {node.value for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documents:
            yield node.value


def product():
    """Yield the modules that share names: not the embedded AWS, nor what runs alone in a Lambda function."""
    for folder in ("constructs", "runtime/s3_failover", "stacks"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if (
                not name.startswith(("runtime/s3_failover/names/", "runtime/s3_failover/local/"))
                and "/handler/" not in name
                and path.name != "custom_resource.py"
            ):
                yield name, path
    yield "app.py", ROOT / "app.py"


ALARM_KINDS = {value for name, value in vars(alarms).items() if name.isupper()}
OTHER_WORDS = {"BucketName", "DistributionId", "HostedZoneId", "HttpsEndpoint", "NameServers", "Service", "Url"}
"""Keys of outputs that are words for something else, too: in AWS's answers, in dimensions, as a class."""
ON_A_MACHINE = ("runtime/s3_failover/client/", "runtime/s3_failover/metrics/")
"""What knows nothing of a deployed site, and names threads and files of its own."""
GEOGRAPHY = {"runtime/s3_failover/config/secondaries/website.py", "runtime/s3_failover/operations/cost/items.py"}
"""Modules to which us-east-1 is a region like others: with old website endpoints, and near us-east-2."""


def misspelled(name, text):
    """Return why a string belongs into the names, if it does."""
    if (
        re.search(rf"(^|[:.]){EDGE_REGION}([:.]|$)", text)
        and name not in GEOGRAPHY
        and not name.startswith(ON_A_MACHINE)
    ):
        return "the edge's region"
    if re.search(r"(^|[:/])s3-failover-", text) and not name.startswith(ON_A_MACHINE):
        return "the prefix of names"
    if text in ALARM_KINDS or any(f"/{kind}" in text for kind in ALARM_KINDS) or re.fullmatch("[a-z]*-unhealthy", text):
        return "an alarm"
    if text in {output.value for output in Output} - OTHER_WORDS:
        return "an output"
    if re.search(r"s3-failover:\w", text):
        return "a tag"
    if text == NAMESPACE:
        return "the metrics' namespace"
    if text == "LogicalResourceId":
        return "a logical id"
    return None


def test_names_are_spelled_once():
    assert [
        f"{name} spells {why} as {text!r}"
        for name, path in product()
        for text in literals(path)
        if (why := misspelled(name, text))
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "us-east-1",
        "arn:aws:acm:us-east-1:",
        "s3-failover-",
        "alias/s3-failover-shop",
        "cdn-5xx",
        "shop.example.com/primary-unhealthy",
        "-unhealthy",
        "client-",
        "PrimaryHealthCheckId",
        "s3-failover:site",
        "S3Failover",
        "LogicalResourceId",
    ],
)
def test_a_name_that_is_spelled_elsewhere_is_refused(text):
    assert misspelled("runtime/s3_failover/operations/publish.py", text)


def test_stacks_define_outputs_in_one_place():
    found = {name for name, path in product() if "CfnOutput(" in path.read_text(encoding="utf-8")}
    assert found == {"stacks/s3_failover_stacks/outputs.py"}


def test_names_need_no_other_package():
    standard = sys.stdlib_module_names
    assert {name for _, name in imports("runtime/s3_failover/names") if name.partition(".")[0] not in standard} <= {
        f"s3_failover.names{module}" for module in ("", *(f".{path.stem}" for path in NAMES.glob("*.py")))
    }


NAMES = ROOT / "runtime/s3_failover/names"
