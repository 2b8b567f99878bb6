"""What `make mutants` makes of its plan and of the mutants that survive."""

from dataclasses import replace
from pathlib import Path

import pytest
from mutants.plan import Key, Module, Plan, Score, problems

ROOT = Path(__file__).parents[1]
PLAN = Plan.read(ROOT / "tests/mutants.toml")
KEY = Key("rules.py", "allowed", "return age >= 18", "return age > 18")
MINE = Plan(least=92, modules=(Module("rules.py", ("tests/test_rules.py",)),), accepted={KEY: "ages are whole decades"})


@pytest.mark.parametrize("module", PLAN.modules, ids=lambda module: module.path)
def test_the_plan_names_modules_and_tests_that_exist(module):
    assert [path for path in (module.path, *module.tests) if not (ROOT / path).is_file()] == []
    assert module.tests


def test_the_plan_accepts_mutants_of_lines_that_are_still_there():
    texts = {module.path: " ".join((ROOT / module.path).read_text(encoding="utf-8").split()) for module in PLAN.modules}
    assert [key for key in PLAN.accepted if key.line not in texts.get(key.module, "")] == []


def test_a_plan_gives_a_reason_for_all_that_it_accepts(tmp_path):
    text = 'least = 92\nmodules = []\nignored = []\n[[accepted]]\nmodule = "a.py"\nwhere = ""\nline = "a"\nmutants = ["b"]\n'
    (tmp_path / "plan.toml").write_text(text + 'reason = " "\n')
    with pytest.raises(ValueError, match="no reason given"):
        Plan.read(tmp_path / "plan.toml")


def test_a_run_passes_with_a_survivor_that_is_accepted():
    assert problems(MINE, {"rules.py": Score(killed=92, survivors=[KEY] * 8)}) == []


def test_a_run_fails_below_the_limit_also_with_reasons():
    (problem,) = problems(MINE, {"rules.py": Score(killed=91, survivors=[KEY] * 9)})
    assert problem == "rules.py: 91.0 % killed, expected 92 % at least"


def test_mutants_that_never_end_count_as_killed():
    assert problems(MINE, {"rules.py": Score(killed=90, timeouts=2, survivors=[KEY] * 8)}) == []


def test_a_run_fails_with_a_survivor_that_has_no_reason():
    new = replace(KEY, where="admitted")
    (problem,) = problems(MINE, {"rules.py": Score(killed=100, survivors=[KEY, new])})
    assert problem.startswith("rules.py, admitted: survives without a reason, `return age >= 18` as `return age > 18`")


def test_a_run_fails_with_an_entry_whose_mutant_is_killed():
    (problem,) = problems(MINE, {"rules.py": Score(killed=100)})
    assert problem.endswith("survives no more: remove its entry from tests/mutants.toml")


def test_a_run_of_other_modules_says_nothing_about_an_entry():
    assert problems(MINE, {"others.py": Score(killed=100)}) == []
