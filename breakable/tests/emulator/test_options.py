import pytest

from breakable_aws.emulator.options import parse


def test_embedded_time_is_real_time_unless_told_otherwise():
    assert parse([]).speed == 1
    assert parse(["--speed", "12.5"]).speed == 12.5


@pytest.mark.parametrize("speed", ["0.5", "-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_refused(speed, capsys):
    with pytest.raises(SystemExit):
        parse(["--speed", speed])
    assert "--speed" in capsys.readouterr().err
