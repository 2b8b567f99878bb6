from s3_failover.config.routes import Route, replication_routes


def test_the_primary_is_copied_to_every_replica():
    found = replication_routes("us-west-2", ["us-east-2", "eu-west-1"])
    assert found == (Route("us-west-2", "us-east-2", "to-us-east-2"), Route("us-west-2", "eu-west-1", "to-eu-west-1"))


def test_two_way_every_copy_is_copied_to_every_other_as_s3_hands_nothing_on():
    found = replication_routes("p", ["a", "b"], two_way=True)
    assert {(route.source, route.destination) for route in found} == {
        *(("p", "a"), ("p", "b"), ("a", "p"), ("a", "b"), ("b", "p"), ("b", "a"))
    }


def test_two_way_no_two_rules_have_one_id_so_that_no_two_alarms_of_a_region_have_one_name():
    found = replication_routes("p", ["a", "b", "c"], two_way=True, prefixes=["x/", "y/"])
    assert len({route.rule_id for route in found}) == len(found) == 4 * 3 * 2


def test_prefixes_have_a_rule_each():
    found = replication_routes("p", ["a"], prefixes=["x/", "y"])
    assert [(route.prefix, route.rule_id) for route in found] == [("x/", "to-a-x/"), ("y", "to-a-y")]
