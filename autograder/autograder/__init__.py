"""Builds the course's notebooks and grades them, with the verdict reached outside the student's process."""

__version__ = "0.1.0"
