"""What Canvas makes of a CSV that is imported into its gradebook.

Written from the rules of its importer, which is public:
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
"""

import csv
import re
from dataclasses import dataclass, field

INFORMATION = ("SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
NUMBER = re.compile(r"-?[0-9.]+")
IGNORED = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)


class NotImportable(Exception):
    """Canvas would refuse the file, or read it as something else than what was meant."""


@dataclass
class Canvas:
    """A course as Canvas knows it: students by ID and by login, assignments by ID."""

    students: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    assignments: dict[str, str] = field(default_factory=dict)

    def imported(self, path):
        """{(student, assignment): grade}, and the points possible by assignment; both new where Canvas has none."""
        with open(path, encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = self._assignments(header)
        grades, possible = {}, {}
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                raise NotImportable(f"line {number} has {len(row)} cells, the header {len(header)}")
            if "Points Possible" in row[0]:
                possible |= {name: self._number(row[place]) for name, place in columns.items()}
            elif not all(IGNORED.fullmatch(cell) for cell in row):
                student = self._student(dict(zip(header, row, strict=True)))
                grades |= {(student, name): self._grade(row[place]) for name, place in columns.items()}
        return grades, possible

    def _assignments(self, header):
        if not (len(header) > 3 and "Student" in header[0] and "ID" in header[1]):
            raise NotImportable(f"Invalid header row: {header}")
        left = [name for name in INFORMATION if name in header]
        if header[2 : 2 + len(left)] != left or left[-1:] != ["Section"]:
            raise NotImportable(f"the columns about students are not in order: {header}")
        return {self._assignment(header[place]): place for place in range(2 + len(left), len(header))}

    def _assignment(self, column):
        found = re.fullmatch(r"(.*) \((\d+)\)", column)
        if found and found[2] in self.assignments:
            return self.assignments[found[2]]
        return f"new: {column}" if column not in self.assignments.values() else column

    def _student(self, row):
        found = self.students.get(row["ID"]) or self.logins.get(row.get("SIS Login ID", ""))
        known = [name for name in self.students.values() if name == row["Student"]]
        return found or (known[0] if known else f"new: {row['Student']}")

    def _number(self, cell):
        if not NUMBER.fullmatch(cell):
            raise NotImportable(f"{cell!r} is no number of points")
        return float(cell)

    def _grade(self, cell):
        return None if not cell.strip() else self._number(cell)
