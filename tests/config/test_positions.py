"""The line of each setting of a file."""

import pytest

from s3_failover.config.positions import line_of, lines

TEXT = '''# a comment with [a.header] and key = 1
[sites."a b"]
hostname = """
[not.a.header]
"""            # a comment
replica_regions = [
  "us-east-2",  # ] not the end

  "us-west-2",
]
hosted_zone = { id = "Z1", parent = { id = "Z2" } }
cdn.directories = "redirect"

  [sites."a b".alarms]
  critical_emails = []
[sites.c]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("sites", "a b"), 2),
        (("sites", "a b", "hostname"), 3),
        (("sites", "a b", "replica_regions"), 6),
        (("sites", "a b", "hosted_zone", "parent", "id"), 11),
        (("sites", "a b", "cdn", "directories"), 12),
        (("sites", "a b", "alarms"), 14),
        (("sites", "a b", "alarms", "critical_emails"), 15),
        (("sites", "a b", "alarms", "missing"), 14),
        (("sites", "a b", "missing"), 2),
        (("sites", "c", "hostname"), 16),
        (("sites",), 2),
        (("other",), None),
        ((), None),
    ],
)
def test_every_setting_has_its_line_and_a_missing_one_its_table_s(path, line):
    assert line_of(path, lines(TEXT)) == line


@pytest.mark.parametrize("text", ["", "\n", "a = 1", "[[a]]\nb = 1\r\n", "'x.y' = 1\r\nz = 2", "a = '''\r\n'''"])
def test_every_valid_text_has_lines(text):
    assert all(1 <= line <= text.count("\n") + 1 for line in lines(text).values())
