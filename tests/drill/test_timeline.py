from s3_failover.drill.timeline import Lane, Span


def lane(*looks):
    found = Lane("check", "check")
    for at, state in looks:
        found.look(at, state)
    return found


def test_only_changes_are_kept():
    assert lane((1, "a"), (2, "a"), (3, "b")).changes(0, 10) == [(3, "b")]


def test_first_look_is_no_change():
    assert lane((1, "a")).changes(0, 10) == []


def test_first_finds_the_first_change_to_a_state_in_a_window():
    found = lane((1, "a"), (3, "b"), (5, "a"), (7, "b"))
    assert found.first("b", 0) == 3
    assert found.first("b", 4) == 7
    assert found.first("b", 4, 6) is None


def test_state_is_what_was_seen_last():
    assert lane().state == ""
    assert lane((1, "a"), (3, "b")).state == "b"


def test_spans_cover_a_window_without_gap_and_are_cut_at_it():
    found = list(lane((1, "a"), (3, "b"), (5, "a")).spans(2, 9))
    assert found == [Span(2, 3, "a"), Span(3, 5, "b"), Span(5, 9, "a")]
