"""How the steps of leaving a region stand, as they are seen."""

import pytest

from s3_failover.operations.leaving.plan import LeaveAction, Mark, marked

DONE, TODO, OWED = Mark.DONE, Mark.TODO, Mark.OWED


def marks(done=(), *, blocked=False, asked=None):
    def step(name, after=(), **more):
        def is_done():
            if asked is not None:
                asked.append(name)
            return name in done

        return LeaveAction(name, name, is_done, lambda: None, after, **more)

    steps = (
        step("file", after=("primary",)),
        step("primary", by_control_planes=True),
        step("content", after=("primary",)),
        step("edge", after=("content",), by_control_planes=True),
        step("viewers", after=("edge",)),
    )
    return [each.mark for each in marked(steps, blocked=blocked).values()]


def test_everything_is_to_do_at_first_and_done_at_the_end():
    assert marks() == [TODO] * 5
    assert marks({"file", "primary", "content", "edge", "viewers"}) == [DONE] * 5


def test_what_a_step_makes_is_not_looked_at_before_it_is_done():
    asked = []
    assert marks({"file", "content"}, asked=asked) == [TODO] * 5
    assert asked == ["primary"]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ((), [OWED] * 5),
        (("file", "primary"), [DONE, DONE, TODO, OWED, OWED]),
        (("file", "primary", "content"), [DONE, DONE, DONE, OWED, OWED]),
        (("file", "primary", "content", "edge"), [DONE, DONE, DONE, DONE, TODO]),
    ],
)
def test_while_us_east_1_takes_no_changes_the_rest_is_done(done, expected):
    assert marks(done, blocked=True) == expected
