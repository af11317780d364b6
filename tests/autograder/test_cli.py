"""The command line."""

from autograder import cli
from autograder.records import Event, Result


def test_the_table_of_the_class_shows_messages_as_they_are(capsys):
    event = Event("unknown_grade_id", "warning", None, "calls itself '[/bold]' and '[red]x'")
    cli._show([Result("ada", "week1", "models", "bwrap", 1.0, [], [event])])
    shown = capsys.readouterr().out
    assert "[/bold]" in shown.replace("\n", "") and "[red]" in shown
