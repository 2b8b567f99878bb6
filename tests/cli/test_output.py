"""What all commands print alike."""

import json

import pytest

from s3_failover.cli.output import print_json


@pytest.mark.parametrize(
    "key", ["a\nb", "\x1b[2J", "\x9b2J", "a\x85b", "a\u2028b", "a\u202egpj.exe", "\x7f", "grüße 😀"]
)
def test_a_document_holds_every_key_and_nothing_that_a_terminal_obeys(key, capsys):
    print_json({"key": key})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"key": key}
    assert all(character.isprintable() or character == "\n" for character in printed)
