"""The page of faults and commands is what its rows say, and has every combination."""

import fault_rows

from breakable_aws import faults

PAGE = fault_rows.page()


def test_the_page_is_what_make_docs_writes():
    assert PAGE.PAGE.read_text(encoding="utf-8") == PAGE.render()


def test_every_row_has_a_fault_that_exists_and_every_command():
    for row in PAGE.ROWS:
        assert row.fault in faults.NAMES
        assert tuple(sorted(row.says)) == tuple(sorted(PAGE.COMMANDS))
    assert len({(row.fault, row.where) for row in PAGE.ROWS}) == len(PAGE.ROWS)
    assert len(PAGE.ROWS) * len(PAGE.COMMANDS) >= 60


def test_a_command_that_ends_as_if_all_were_well_has_a_reason():
    cells = [cell for row in PAGE.ROWS for cell in row.says.values()]
    each = [says for cell in cells for says in (cell if isinstance(cell, tuple) else (cell,))]
    assert [says for says in each if says.code == 0 and not says.why] == []
