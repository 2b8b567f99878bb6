import subprocess
import sys

import pytest

from s3_failover.config import Site
from s3_failover.config.catalogue import rules
from s3_failover.config.reference import BEGIN, END, insert, main, render
from s3_failover.errors import UserError


def test_every_setting_stands_in_the_reference_once():
    text = render().split("## ")[1]
    for key in set(Site.model_fields) - {"name"}:
        assert text.count(f"| `{key}` |") == 1, key


def test_every_rule_stands_in_the_reference_once_with_its_reason():
    text = render()
    for rule in rules():
        assert text.count(f"| `{rule.id}` | {rule.reason} |") == 1


def test_the_tables_in_a_site_have_tables_of_their_own():
    text = render()
    for title in (
        "[sites.NAME]",
        "hosted_zone = { ... }",
        "hosted_zone.parent = { ... }",
        "secondary = { ... }",
        "existing = { ... }",
        "alarms = { ... }",
        "clients = { ... }",
    ):
        assert f"## `{title}`\n" in text
    assert "| `record_ttl` | an integer from 1 to 3600 | `60` | How long resolvers keep" in text
    assert '| `mode` | "dns" or "hybrid" | required |' in text
    assert "| `hostname` | a string | required |" in text
    assert "| `account` | a string | none |" in text


def test_every_row_has_a_meaning_and_as_many_cells_as_the_head():
    for table in render().split("\n\n"):
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.replace("\\|", "").count("|") for line in lines}) <= 1
        assert not [line for line in lines if "|  |" in line]


def test_only_what_stands_between_the_marks_is_replaced():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert insert(text) == f"before\n{BEGIN}\n\n{render()}\n\n{END}\nafter\n"
    assert insert(insert(text)) == insert(text)


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_file_without_one_pair_of_marks_is_refused(text):
    with pytest.raises(UserError, match="expected one <!-- config reference: begin -->"):
        insert(text)


def test_the_reference_is_written_into_a_file(tmp_path, capsys):
    file = tmp_path / "configuration.md"
    file.write_text(f"# Größe\n{BEGIN}{END}\n", encoding="utf-8")
    assert main(["--write", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == f"# Größe\n{BEGIN}\n\n{render()}\n\n{END}\n"
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_is_an_error_in_one_line(tmp_path, capsys):
    assert main(["--write", str(tmp_path / "none.md")]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_the_module_prints_the_reference():
    answer = subprocess.run(
        [sys.executable, "-m", "s3_failover.config.reference"], capture_output=True, text=True, check=True
    )
    assert answer.stdout == f"{render()}\n"
    assert answer.stderr == ""


def test_the_reference_in_the_documents_is_up_to_date(request):
    text = (request.config.rootpath / "docs/configuration.md").read_text(encoding="utf-8")
    assert insert(text) == text, "run make docs"
