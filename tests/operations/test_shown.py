"""Names in lines for people."""

import pytest

from s3_failover.operations.shown import amount, shown


@pytest.mark.parametrize("name", ["a.txt", "a b/grüße & π.txt", "\U0001f600.png", "'quoted'"])
def test_a_name_that_can_be_printed_is_shown_as_it_is(name):
    assert shown(name) == name


@pytest.mark.parametrize(
    "name",
    ["a\nok", "a\rok", "\x1b[2J", "a\x85b", "a\u2028b", "a\u202egpj.exe", "\x00", "\x7f", "\udcff", "a\u200bb"],
)
def test_a_name_that_would_do_something_else_is_escaped(name):
    assert shown(name) == repr(name)
    assert shown(name).isprintable()


@pytest.mark.parametrize(("number", "told"), [(0, "0 keys"), (1, "1 key"), (2, "2 keys"), (1200, "1,200 keys")])
def test_amounts_have_the_right_number(number, told):
    assert amount(number, "key") == told
