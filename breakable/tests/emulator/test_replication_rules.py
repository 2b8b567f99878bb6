from breakable_aws.emulator.s3.replication_rules import (
    destination_of,
    rules_for_delete_marker,
    rules_for_object,
    violation,
)


def rule(bucket, *, priority=1, prefix="", status="Enabled", markers="Enabled", **more):
    return {
        "ID": f"{bucket}-{priority}",
        "Priority": priority,
        "Status": status,
        "Filter": {"Prefix": prefix},
        "DeleteMarkerReplication": {"Status": markers},
        "Destination": {"Bucket": f"arn:aws:s3:::{bucket}"},
    } | more


def destinations(rules):
    return sorted(destination_of(rule) for rule in rules)


def test_an_object_goes_to_every_destination_with_a_matching_rule():
    rules = [
        rule("a"),
        rule("b", priority=2),
        rule("c", priority=3, prefix="x/"),
        rule("d", priority=4, status="Disabled"),
    ]
    assert destinations(rules_for_object(rules, "key", {})) == ["a", "b"]


def test_the_highest_priority_decides_for_each_destination():
    rules = [rule("a", priority=5), rule("a", priority=9, prefix="k"), rule("a", priority=1)]
    assert [chosen["Priority"] for chosen in rules_for_object(rules, "key", {})] == [9]


def test_a_tag_rule_covers_objects_with_the_tag():
    tagged = rule("a", Filter={"And": {"Prefix": "k", "Tags": [{"Key": "t", "Value": "1"}]}})
    assert destinations(rules_for_object([tagged], "key", {"t": "1", "u": "2"})) == ["a"]
    assert rules_for_object([tagged], "key", {"t": "2"}) == []


def test_delete_markers_follow_the_deciding_rule_of_each_destination():
    rules = [rule("a"), rule("b", priority=2, markers="Disabled"), rule("b", priority=1)]
    assert destinations(rules_for_delete_marker(rules, "key")) == ["a"]


def test_tag_rules_never_carry_delete_markers_and_old_rules_always_do():
    tagged = rule("a", Filter={"Tag": {"Key": "t", "Value": "1"}})
    old = {"ID": "old", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::b"}}
    assert destinations(rules_for_delete_marker([tagged, old], "key")) == ["b"]


def test_rules_that_s3_cannot_tell_apart_are_refused():
    assert violation([rule("a"), rule("b", priority=2)]) is None
    assert "Priority" in violation([rule("a"), rule("b")])
    assert "ID" in violation([rule("a"), rule("b", priority=2, ID="a-1")])
    incomplete = rule("a")
    del incomplete["DeleteMarkerReplication"]
    assert "DeleteMarkerReplication" in violation([incomplete])
