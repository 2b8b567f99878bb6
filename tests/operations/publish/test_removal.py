"""What a publication deletes."""

from unittest.mock import MagicMock

import pytest

from s3_failover.operations.refusals import DeniedError
from s3_failover.operations.removal import remove


def test_what_cannot_be_deleted_is_told_with_the_permission():
    def refuse(**_):
        return {"Errors": [{"Key": "a.txt", "Code": "AccessDenied", "Message": "Access Denied"}] * 3}

    with pytest.raises(
        DeniedError, match=r"cannot delete a.txt and 2 more from primary: .*the permission s3:DeleteObject"
    ):
        remove(MagicMock(delete_objects=refuse), "primary", ["a.txt", "b.txt", "c.txt"])


def test_a_single_key_that_cannot_be_deleted_is_told_alone():
    answer = {"Errors": [{"Key": "a.txt", "Code": "AccessDenied", "Message": "Access Denied"}]}
    with pytest.raises(DeniedError, match=r"^cannot delete a\.txt from primary: "):
        remove(MagicMock(delete_objects=lambda **_: answer), "primary", ["a.txt", "b.txt"])


def test_keys_that_xml_cannot_hold_are_deleted_one_by_one_and_the_others_together():
    client = MagicMock()
    client.delete_objects.return_value = {}
    remove(client, "primary", ["a.txt", "bell\x07.html", "cr\r.txt", "ffff\ufffe", "\U0001f600"])
    together = client.delete_objects.call_args.kwargs["Delete"]["Objects"]
    assert [each["Key"] for each in together] == ["a.txt", "cr\r.txt", "\U0001f600"]
    assert {each.kwargs["Key"] for each in client.delete_object.call_args_list} == {"bell\x07.html", "ffff\ufffe"}
