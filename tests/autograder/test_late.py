import pytest
from traitlets import TraitError

from autograder.late import DAY, ConfigurationInvalid, PerDay, configuration


@pytest.mark.parametrize(
    ("late", "taken"),
    [(1, 2.0), (DAY, 2.0), (DAY + 1, 4.0), (4.5 * DAY, 10.0), (4.5 * DAY + 1800, 10.0), (30 * DAY, 20.0)],
)
def test_a_share_is_taken_off_for_each_day_begun_and_no_more_than_all(late, taken):
    assert PerDay().late_submission_penalty("amber", 20.0, late) == taken


@pytest.mark.parametrize(
    ("late", "taken"), [(1, None), (1800, None), (1801, 5.0), (DAY + 1800, 5.0), (DAY + 1801, 10.0)]
)
def test_nothing_is_taken_off_within_the_grace(late, taken):
    assert PerDay(percent=25.0, grace_minutes=30.0).late_submission_penalty("amber", 20.0, late) == taken


@pytest.mark.parametrize("trait", [{"percent": 101.0}, {"percent": -1.0}, {"grace_minutes": -5.0}])
def test_a_policy_without_sense_is_refused(trait):
    with pytest.raises(TraitError):
        PerDay(**trait)


def test_a_folder_without_configuration_has_none(tmp_path):
    assert configuration(tmp_path) == {}


def test_a_configuration_that_fails_says_which_file_to_edit(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("1 / 0")
    with pytest.raises(ConfigurationInvalid, match=r"ZeroDivisionError: .*course/nbgrader_config\.py"):
        configuration(tmp_path)
