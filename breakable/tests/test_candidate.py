"""Another ministack is tried before it is pinned: each test makes a wheel of the one that is installed."""

import json
import subprocess
import zipfile
from pathlib import Path

import emulator_environment
import pytest

from breakable_aws import candidate, environment
from breakable_aws.candidate import examine
from breakable_aws.errors import BreakableError

pytestmark = [pytest.mark.embedded, pytest.mark.long]


@pytest.fixture(scope="session")
def python():
    return emulator_environment.interpreter()


@pytest.fixture(scope="session")
def packages(python):
    """The directory of the packages of the emulator's environment."""
    code = "import ministack, pathlib; print(pathlib.Path(ministack.__file__).parents[1])"
    return Path(subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip())


@pytest.fixture
def wheel(packages, tmp_path):
    """Makes a wheel of ministack 9.9.9, with a text of a module replaced."""

    def made(module, old, new):
        path = tmp_path / "ministack-9.9.9-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted((packages / "ministack").rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    name = file.relative_to(packages).as_posix()
                    content = file.read_bytes()
                    if name == module:
                        assert old in content
                        content = content.replace(old, new)
                    archive.writestr(name, content)
            about = "ministack-9.9.9.dist-info"
            archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
        return str(path)

    return made


def test_a_wheel_with_the_same_code_holds_whatever_its_version(wheel, python):
    verdict = examine(wheel("ministack/services/s3.py", b"import", b"import"), python)
    assert (verdict.version, verdict.problems) == ("9.9.9", ())
    assert verdict.replaced > 0
    assert verdict.used > verdict.replaced


def test_what_has_changed_and_what_is_missing_is_named(wheel, python, monkeypatch, capsys):
    monkeypatch.setattr(environment, "ensure", lambda say: python)
    other = wheel("ministack/services/s3.py", b"_public_access_blocked", b"_public_access_stopped")
    assert candidate.main(["--json", other]) == 1
    told = json.loads(capsys.readouterr().out)
    assert any("services.s3._public_access_blocked is missing" in line for line in told["problems"])
    assert candidate.main([other]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("ministack 9.9.9: ")


def test_the_environment_keeps_the_pinned_one(wheel, python, packages):
    before = sorted(path.name for path in packages.iterdir())
    examine(wheel("ministack/services/s3.py", b"import", b"import"), python)
    assert sorted(path.name for path in packages.iterdir()) == before


def test_a_wheel_that_is_none_is_one_line_and_no_verdict(tmp_path, python, monkeypatch, capsys):
    (tmp_path / "ministack-9.9.9-py3-none-any.whl").write_text("no wheel")
    with pytest.raises(BreakableError, match="cannot install"):
        examine(str(tmp_path / "ministack-9.9.9-py3-none-any.whl"), python)
    monkeypatch.setattr(environment, "ensure", lambda say: python)
    assert candidate.main([str(tmp_path / "ministack-9.9.9-py3-none-any.whl")]) == 2
    assert "Traceback" not in capsys.readouterr().err
