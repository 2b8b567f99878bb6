import math
import tempfile
import tomllib
from pathlib import Path

from config_samples import dumps, findings
from config_strategies import TOML_VALUES, configs, valid_configs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3_failover.config import Config, ConfigError, load, parse
from s3_failover.config.literals import dotted, literal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FIELDS = st.sampled_from(["hostname", "primary_region", "replica_regions", "hosted_zone", "alarms", "name", "mode"])
TABLES = st.dictionaries(FIELDS | TEXTS, TOML_VALUES, max_size=6)
DOCUMENTS = st.dictionaries(
    st.just("sites") | TEXTS, st.dictionaries(TEXTS, TABLES | TOML_VALUES, max_size=3) | TOML_VALUES
)


def assert_answered(text):
    """Assert that a text gives a configuration or findings, each in one readable line and none twice."""
    try:
        assert isinstance(parse(text), Config)
    except ConfigError as error:
        lines = [str(finding) for finding in error.findings]
        assert lines
        assert len(set(lines)) == len(lines)
        assert all(line.isprintable() and len(line) < 2500 for line in lines)
        assert len(str(error).splitlines()) == 1 + 5 * len(lines)
        assert all(all((vars(finding) | {"line": 1}).values()) for finding in error.findings)


@settings(max_examples=60)
@given(valid_configs())
def test_a_configuration_within_the_rules_is_accepted(text):
    assert findings(text) == []


@settings(max_examples=60)
@given(configs())
def test_a_configuration_with_slips_is_answered(text):
    assert_answered(text)


@settings(max_examples=60)
@given(DOCUMENTS)
def test_any_document_is_answered(document):
    assert_answered(dumps(document))


@given(st.text() | st.text(alphabet="[]{}=\"'\\.,\n #sites01-:"))
@example("a = 0x" + "f" * 10_000)
@example("[sites.a]\nrecord_ttl = 0x" + "f" * 10_000)
@example("[sites.a]\nhostname = " + "[" * 90 + "]" * 90)
@example('[sites.a]\nhostname = "' + "x" * 10_000 + '"')
@example('[sites."\\u202e\\u0000"]\n"\\u2028" = "\\u2029"')
@example('[sites.a]\nhostname = "\ud800"\n"\udfff" = 1')
@example("[sites.a]\n" + ".".join("k" * 200) + " = 1")
@example("[sites.a]\nreplica_regions = [" + "1," * 5000 + "]")
def test_any_text_is_answered(text):
    assert_answered(text)


@settings(max_examples=50)
@given(st.binary() | configs().map(str.encode))
def test_any_file_is_answered(content):
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        Path(file.name).write_bytes(content)
        try:
            load(Path(file.name))
        except ConfigError as error:
            assert error.findings


@given(TOML_VALUES)
def test_a_literal_is_one_readable_line(value):
    text = literal(value)
    assert text.isprintable()
    assert len(text) < 400


SHORT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)  # of up to 10 characters when escaped
PLAIN = SHORT | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | st.dates() | st.times()


@given(PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(SHORT, st.booleans(), max_size=2))
def test_a_short_literal_is_what_toml_reads(value):
    assert tomllib.loads(f"value = {literal(value)}") == {"value": value}


@given(st.lists(SHORT, min_size=1, max_size=3))
def test_a_dotted_path_is_what_toml_reads(path):
    table = tomllib.loads(f"{dotted(path)} = 1")
    for key in path:
        table = table[key]
    assert table == 1


def test_odd_literals_are_written_as_toml_writes_them():
    assert literal(math.inf) == "inf"
    assert literal(10**5000) == "an integer of about 5000 digits"
    assert literal("x" * 100) == f'"{"x" * 60}…" (100 characters)'
    assert literal("\x00" * 50) == f'"{chr(92)}u0000' + f"{chr(92)}u0000" * 9 + '…" (50 characters)'
    assert literal([[[[1]]]]) == "[[[…]]]"
    assert literal(list(range(1000))).endswith(", …]")
    assert literal("a\x00\n\u202eb") == '"a\\u0000\\n\\u202eb"'
