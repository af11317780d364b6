"""Late work: nbgrader's plugin, as the course's own configuration chooses it, and a plugin that takes off per day."""

import math
from pathlib import Path

from nbgrader.plugins import BasePlugin
from traitlets import Float
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

NAME = "nbgrader_config.py"
DAY = 24 * 60 * 60


class ConfigurationInvalid(ValueError):
    """nbgrader's configuration, or the plugin that it names, cannot be used."""


def configuration(folder: Path) -> Config:
    """What the nbgrader_config.py in a folder says, and what it loads; nothing where there is none.

    Raises:
        ConfigurationInvalid: it cannot be loaded.
    """
    try:
        return PyFileConfigLoader(NAME, str(folder)).load_config()
    except ConfigFileNotFound:
        return Config()
    except Exception as error:
        what = f"nbgrader's configuration cannot be loaded: {type(error).__name__}: {error}"
        raise ConfigurationInvalid(f"{what}. What you may edit of it is course/{NAME}") from error


class PerDay(BasePlugin):
    """Takes off a share of the points earned for each day that has begun since the due date."""

    percent = Float(10.0, min=0.0, max=100.0, help="What is taken off a day, in percent.").tag(config=True)
    grace_minutes = Float(0.0, min=0.0, help="So late, nothing is taken off; days begin then.").tag(
        config=True
    )

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """The points taken off one notebook, None where it counts as in time.

        Args:
            student_id: who handed it in.
            score: the points earned.
            total_seconds_late: how late it is, a student's own extension taken into account.
        """
        days = math.ceil((total_seconds_late - 60 * self.grace_minutes) / DAY)
        return score * min(1.0, days * self.percent / 100) if days > 0 else None
