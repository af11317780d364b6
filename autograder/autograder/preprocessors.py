"""nbgrader's own commands made to grade as this autograder does: the steps that its configuration names.

Plain `nbgrader autograde`, formgrader's Autograde button and `nbgrader generate_feedback` use them. Intake is left
out there: nbgrader reads the submitted files itself, before any step runs.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Unicode

from autograder import examiners
from autograder.cells import handed_in
from autograder.course import Course
from autograder.examiner import Task
from autograder.export import write_whole
from autograder.feedback import instructor_notebook
from autograder.gradebook import WAIT, Book, patient, submission_time
from autograder.intake import HandIns

HANDED_IN = "handed_in"


class ExamineSubmission(NbGraderPreprocessor):
    """Rebuild a submitted notebook from the course's own, examine it outside the student's process."""

    course_root = Unicode("..", help="The folder that holds course/.").tag(config=True)
    sandbox = Enum(("bwrap", "none"), "bwrap", help="bwrap, or none for your own notebooks.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """The examined notebook, and its verdicts among the resources."""
        names, root = resources["nbgrader"], Path(self.course_root).resolve()
        student, assignment, lesson = names["student"], names["assignment"], names["notebook"]
        master = Course(root).master(assignment, lesson)
        students = Path(resources["metadata"]["path"]).resolve().parents[1]
        hand_ins = HandIns(students, assignment, [lesson])
        weights = hand_ins.weights(student, {lesson: handed_in(master)})[lesson]
        examined = examiners.examine_in_process(
            root, student, assignment, lesson, nb, self.sandbox, Course(root).limits(), weights.files
        )
        examined.result.events.extend(weights.events)
        resources["autograder"] = examined.result
        return instructor_notebook(examined.executed, examined.result, master), resources


class SaveVerdicts(NbGraderPreprocessor):
    """Write the verdicts to the gradebook: what nbgrader's SaveAutoGrades does, and "not gradable" is no zero."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook as it is; the late penalty is left to nbgrader's next step."""
        with Book(resources["nbgrader"]["db_url"]) as book:
            book.save(resources["autograder"], nb)
        return nb, resources


CONFIGURATION = '''
    """nbgrader's configuration of this course. It is written anew with the release: change nothing here."""

    import os
    import sysconfig
    from pathlib import Path

    c = get_config()  # noqa: F821
    root = Path(__file__).resolve().parent
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    load_subconfig("nbgrader_config.py", str(root / {course!r} / "course"))  # noqa: F821 - what you may change

    c.CourseDirectory.root = str(root)
    c.CourseDirectory.submitted_directory = {submitted!r}
    c.CourseDirectory.db_url = {db}
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [
        "autograder.preprocessors.ExamineSubmission",
        "autograder.preprocessors.SaveVerdicts",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.ExamineSubmission.course_root = str(root / {course!r})
    c.ExamineSubmission.sandbox = {sandbox!r}
    c.GenerateFeedback.exporter_class = "autograder.feedback.FeedbackExporter"
    c.ExportApp.plugin_class = "autograder.export.CourseCsvExport"
'''


def nbgrader_config(
    course_root: Path,
    folder: Path | None = None,
    db: str | None = None,
    sandbox: str = "bwrap",
    submitted: str = "submitted",
) -> str:
    """The text of nbgrader_config.py, with no absolute path in it.

    Args:
        course_root: the folder that holds course/.
        folder: nbgrader's course folder, where the file goes; course_root/build where it is None.
        db: the gradebook's URL; gradebook.db in that folder where it is None.
        sandbox: "bwrap", or "none" for an instructor's own notebooks.
        submitted: the folder, in that one, of what was handed in.
    """
    way = Path(os.path.relpath(course_root, folder or course_root / "build")).as_posix()
    url = repr(patient(db)) if db else f"\"sqlite:///%s?timeout={WAIT}\" % (root / 'gradebook.db')"
    return dedent(CONFIGURATION).lstrip().format(db=url, course=way, sandbox=sandbox, submitted=submitted)


def lay_out(out: Path, assignment: str, masters: Mapping[str, NotebookNode]) -> None:
    """Write the lessons where formgrader looks for them beside a run's gradebook."""
    for lesson, master in masters.items():
        write_whole(out / "source" / assignment / f"{lesson}.ipynb", nbformat.writes(master))


def lay_out_student(out: Path, task: Task) -> None:
    """Write what intake read of a student.

    Formgrader's Autograde button then meets a sound copy in OUT/handed_in, whatever was in the file or the zip.
    """
    folder = out / HANDED_IN / task.student / task.assignment
    shutil.rmtree(folder, ignore_errors=True)
    for lesson, notebook in task.notebooks.items():
        if notebook is not None:
            write_whole(folder / f"{lesson}.ipynb", nbformat.writes(notebook))
    if folder.exists() and submission_time(task.handed_in):
        write_whole(folder / "timestamp.txt", task.handed_in)
