"""Honest work in the many forms in which it comes: submissions of a lesson, the same ones for a seed.

A case is a function that changes a draft, a student's notebook. Most are judged alike by nbgrader and by us; a
case made with `differing` is one whose marks differ on purpose, and names its row in docs/differences.md.
"""

import functools
import json
import random
from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from autograder import cells as c
from autograder.answers import Answer

STUB = "    raise NotImplementedError()"
WRAPPED = "{source}\n\n_plain_{name} = {name}\n\n\ndef {name}({arguments}):\n{body}"


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author has it, as students get it, and its other answers."""

    master: NotebookNode
    released: NotebookNode
    answers: list[Answer]

    @functools.cached_property
    def solutions(self) -> dict[str, str]:
        """The author's solution of each function, without the marks around it."""
        marks = (c.SOLUTION_BEGIN, c.SOLUTION_END)
        return {
            _function(cell): "\n".join(line for line in cell.source.split("\n") if line.strip() not in marks)
            for cell in c.solutions(self.master.cells)
        }


@dataclass(frozen=True)
class HandIn:
    """A submission: the case it is of, the file's name and bytes, and the row that says how its marks differ."""

    name: str
    file: str
    data: bytes
    row: str = ""


class Draft:
    """A student's notebook at work."""

    def __init__(self, lesson: Lesson, seed: str) -> None:
        self.lesson = lesson
        self.rng = random.Random(seed)
        self.notebook = deepcopy(lesson.released)
        self.functions = list(lesson.solutions)
        self.name = "{lesson}.ipynb"
        self.encode: Callable[[str], bytes] = str.encode

    @property
    def cells(self) -> list[NotebookNode]:
        return self.notebook.cells

    def place(self, grade_id: str) -> int:
        return next(i for i, cell in enumerate(self.cells) if c.grade_id(cell) == grade_id)

    def cell(self, function: str) -> NotebookNode:
        return self.cells[self.place(f"{function}_solution")]

    def answer(self, function: str, kind: str, which: int | None = None) -> str:
        """The author's solution, the stub, or one of the right or wrong answers (any one where which is None)."""
        if kind in ("solution", "stub"):
            return self.lesson.solutions[function] if kind == "solution" else self.cell(function).source
        found = [a.source for a in self.lesson.answers if (a.function, a.kind) == (function, kind)]
        return self.rng.choice(found) if which is None else found[which % len(found)]

    def fill(self, kind: str = "solution", which: int | None = None, only: Collection[str] = ()) -> None:
        for function in only or self.functions:
            self.cell(function).source = self.answer(function, kind, which)

    def mix(self, *kinds: str) -> None:
        """Each function answered in one of these ways, by chance."""
        for function in self.functions:
            self.fill(
                self.rng.choice(kinds or ("solution", "right", "right", "wrong", "stub")), only=[function]
            )

    def wrap(self, function: str, body: str, arguments: str = "*args, **kwargs") -> None:
        """A right answer, called from a function that does something else besides."""
        body = "\n".join(f"    {line}" for line in body.split("\n"))
        parts = {"source": self.cell(function).source, "name": function, "body": body, "arguments": arguments}
        self.cell(function).source = WRAPPED.format(**parts).replace("plain(", f"_plain_{function}(")

    def add(
        self, source: str, at: int | None = None, make: Callable[..., NotebookNode] = new_code_cell
    ) -> None:
        """A cell of the student's own, before the first solution cell unless said otherwise."""
        place = self.place(f"{self.functions[0]}_solution") if at is None else at
        self.cells.insert(place, make(source, id=f"own-{self.rng.getrandbits(32):08x}"))

    def free(self) -> list[NotebookNode]:
        """The cells that nbgrader does not know."""
        return [cell for cell in self.cells if not c.grade_id(cell)]

    def any_function(self) -> str:
        return self.rng.choice(self.functions)

    def data(self) -> bytes:
        return self.encode(json.dumps(_saved(self.notebook), indent=1, ensure_ascii=False) + "\n")


Case = Callable[[Draft], None]
ALIKE: dict[str, Case] = {}
DIFFERING: dict[str, tuple[Case, str]] = {}


def _function(cell: NotebookNode) -> str:
    return (c.grade_id(cell) or "").removesuffix("_solution")


def _saved(notebook: NotebookNode) -> NotebookNode:
    """As Jupyter writes it: the source of a cell as a list of lines."""
    saved = deepcopy(notebook)
    for cell in saved.cells:
        cell["source"] = cell.source.splitlines(keepends=True)
    return saved


def alike(case: Case) -> Case:
    """A case whose marks equal nbgrader's."""
    ALIKE[case.__name__] = case
    return case


def differing(row: str) -> Callable[[Case], Case]:
    """A case whose marks differ, as the row of docs/differences.md that begins so says."""

    def register(case: Case) -> Case:
        DIFFERING[case.__name__] = (case, row)
        return case

    return register


def hand_ins(lesson: Lesson, name: str, seed: int = 0, number: int | None = None) -> list[HandIn]:
    """Honest submissions that are judged alike, one a case; when `number` asks for more, cases come again.

    Args:
        lesson: what they are submissions of.
        name: its name.
        seed: what decides which answers they hold, and which cases come first.
        number: how many.
    """
    names = list(ALIKE)
    random.Random(seed).shuffle(names)
    number = len(names) if number is None else number
    rounds = [(case, i // len(names)) for i, case in enumerate(names * (number // len(names) + 1))]
    return [_made(lesson, name, case, seed, again) for case, again in rounds[:number]]


def differing_hand_ins(lesson: Lesson, name: str, seed: int = 0) -> list[HandIn]:
    """One submission of each case whose marks differ on purpose."""
    return [_made(lesson, name, case, seed) for case in DIFFERING]


def _made(lesson: Lesson, name: str, case: str, seed: int, again: int = 0) -> HandIn:
    draft = Draft(lesson, f"{case} {seed} {again}")
    make, row = DIFFERING.get(case) or (ALIKE[case], "")
    make(draft)
    student = case if not again else f"{case}_{again + 1}"
    return HandIn(student, draft.name.format(lesson=name), draft.data(), row)


# Right, wrong, half done


@alike
def complete(d: Draft) -> None:
    d.fill()


@alike
def other_style(d: Draft) -> None:
    d.fill("right", 0)


@alike
def yet_another_style(d: Draft) -> None:
    d.fill("right", 1)


@alike
def wrong_in_named_ways(d: Draft) -> None:
    d.fill("wrong", 0)


@alike
def wrong_in_other_ways(d: Draft) -> None:
    d.fill("wrong", 1)


@alike
def right_and_wrong(d: Draft) -> None:
    d.mix("solution", "right", "wrong")


@alike
def a_bit_of_everything(d: Draft) -> None:
    d.mix()


@alike
def first_half_done(d: Draft) -> None:
    d.fill("right", only=d.functions[: len(d.functions) // 2])


@alike
def second_half_done(d: Draft) -> None:
    d.fill(only=d.functions[len(d.functions) // 2 :])


@alike
def one_function_done(d: Draft) -> None:
    d.fill("right", only=[d.any_function()])


@alike
def untouched(d: Draft) -> None:
    pass


@alike
def first_function_missing_others_right(d: Draft) -> None:
    d.fill("right", only=d.functions[1:])


@alike
def stub_left_below_the_return(d: Draft) -> None:
    d.fill()
    for function in d.functions:
        d.cell(function).source += f"\n{STUB}\n"


# What one function does


@alike
def syntax_error_in_one_solution(d: Draft) -> None:
    d.fill()
    d.cell(d.any_function()).source += "\n    else return nothing"


@alike
def name_error_in_one_function(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.any_function(), "return plain(*args, **kwargs) * not_defined_anywhere")


@alike
def a_function_that_raises(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "raise ValueError('this cannot be')")


@alike
def a_function_whose_assert_fails(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "assert len(args) == 99, 'as many as I thought'")


@alike
def a_return_is_missing(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.any_function(), "plain(*args, **kwargs)")


@alike
def endless_recursion(d: Draft) -> None:
    d.fill()
    function = d.any_function()
    d.wrap(function, f"return {function}(*args, **kwargs)")


@alike
def a_function_that_calls_sys_exit(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "import sys\nsys.exit('done')")


@alike
def a_function_that_interrupts(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "raise KeyboardInterrupt")


@alike
def a_list_where_something_else_is_asked(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "return [plain(*args, **kwargs)]")


@alike
def a_function_that_prints(d: Draft) -> None:
    d.fill("right")
    for function in d.functions:
        d.wrap(function, "print('called with', args)\nreturn plain(*args, **kwargs)")


@alike
def a_function_that_prints_pages(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.any_function(), "for i in range(3000):\n    print('step', i)\nreturn plain(*args, **kwargs)")


@alike
def random_numbers_that_do_not_matter(d: Draft) -> None:
    d.fill()
    d.wrap(d.any_function(), "import random\nrandom.random()\nreturn plain(*args, **kwargs)")


# Other ways to write the same


@alike
def any_arguments(d: Draft) -> None:
    d.fill("right")
    for function in d.functions:
        d.wrap(function, "return plain(*args, **kwargs)")


@alike
def an_extra_keyword(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.any_function(), "return plain(*args, **kwargs)", "*args, verbose=False, **kwargs")


@alike
def functions_as_objects(d: Draft) -> None:
    d.fill("right")
    one, two = d.functions[0], d.functions[1]
    d.cell(one).source += f"\n\n\nimport functools\n\n{one} = functools.partial({one})"
    call = "    def __call__(self, *args):\n        return self.f(*args)"
    d.cell(
        two
    ).source += f"\n\n\nclass Callable:\n    f = staticmethod({two})\n\n{call}\n\n\n{two} = Callable()"


@alike
def a_decorator(d: Draft) -> None:
    d.fill("right")
    d.add(
        "import functools\nimport time\n\n\ndef timed(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs):\n"
        "        start = time.perf_counter()\n        out = f(*args, **kwargs)\n"
        "        print(f'{f.__name__}: {time.perf_counter() - start:.1f} s')\n        return out\n\n    return inner"
    )
    for function in d.functions:
        d.cell(function).source = d.cell(function).source.replace(
            f"def {function}(", f"@timed\ndef {function}(", 1
        )


@alike
def a_helper_of_their_own(d: Draft) -> None:
    d.fill("right")
    d.add("def checked(value):\n    assert value is not None\n    return value")
    for function in d.functions:
        d.wrap(function, "return checked(plain(*args, **kwargs))")


@alike
def a_helper_that_comes_too_late(d: Draft) -> None:
    d.fill("right")
    function = d.any_function()
    d.wrap(function, "return my_identity(plain(*args, **kwargs))")
    d.add("def my_identity(value):\n    return value", at=len(d.cells))


@alike
def defined_in_a_cell_of_their_own(d: Draft) -> None:
    d.fill()
    function = d.any_function()
    place = d.place(f"{function}_solution")
    source = d.cells.pop(place).source
    d.add(source, at=place)


@alike
def everything_imported_from_numpy(d: Draft) -> None:
    d.fill("right")
    d.add("from numpy import *")


@alike
def a_view_turned_around_twice(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "return np.asfortranarray(plain(*args, **kwargs)[::-1].copy())[::-1]")


@alike
def a_result_that_cannot_be_written_to(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "out = plain(*args, **kwargs)\nout.flags.writeable = False\nreturn out")


@alike
def the_other_byte_order(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "return plain(*args, **kwargs).astype('>f8')")


@alike
def half_precision(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "return plain(*args, **kwargs).astype('f2')")


@alike
def single_precision(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "return plain(*args, **kwargs).astype('f4')")


@alike
def a_matrix_instead_of_an_array(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "return np.atleast_1d(plain(*args, **kwargs)).view(np.ma.MaskedArray)")


@alike
def numpys_numbers(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[-1], "return np.float64(plain(*args, **kwargs))")


@alike
def an_array_of_no_dimensions(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[-1], "return np.array(plain(*args, **kwargs))")


# Cells around the solutions


@alike
def notes_and_empty_cells(d: Draft) -> None:
    d.mix()
    d.add(
        "## My notes\n\n$n_H$ rows, and **why** <b>not</b>?\n\n- [ ] ask about step 2", make=new_markdown_cell
    )
    d.add("", at=3)
    d.add("Just text.", make=new_raw_cell)
    d.add("# nothing here\n", at=len(d.cells))


@alike
def warnings_outside_the_tests(d: Draft) -> None:
    d.mix()
    d.add(
        "import sys\nimport warnings\n\nwarnings.warn('this may take a while')\nprint('50 %', file=sys.stderr)"
    )


@alike
def a_bar_outside_the_tests(d: Draft) -> None:
    d.mix()
    d.add("from tqdm import tqdm\n\nfor step in tqdm(range(20), desc='training'):\n    pass", at=len(d.cells))


@alike
def cells_that_raise(d: Draft) -> None:
    d.mix()
    d.add("1 / 0")
    d.add("this is no Python", at=len(d.cells))
    d.add("import no_such_module_anywhere")


@alike
def a_cell_that_calls_sys_exit(d: Draft) -> None:
    d.mix("right", "wrong")
    d.add("import sys\n\nsys.exit()")


@alike
def free_cells_deleted(d: Draft) -> None:
    d.mix()
    d.notebook.cells = [cell for cell in d.cells if c.grade_id(cell)]


@alike
def free_cells_moved(d: Draft) -> None:
    d.mix()
    free = d.free()
    d.notebook.cells = [cell for cell in d.cells if c.grade_id(cell)] + free[::-1]


@alike
def a_picture_drawn(d: Draft) -> None:
    d.mix()
    d.add("import matplotlib.pyplot as plt\n\nplt.plot([0, 1], [1, 0])\nplt.show()", at=len(d.cells))


@alike
def magics(d: Draft) -> None:
    d.fill("right")
    d.add("%config InlineBackend.figure_format = 'retina'\n!echo hello\n%time sum(range(10))")
    function = d.any_function()
    d.cell(function).source = "%%time\n" + d.cell(function).source


@alike
def waiting_at_the_top_level(d: Draft) -> None:
    d.mix("right", "wrong")
    d.add("import asyncio\n\nawait asyncio.sleep(0.01)")


@alike
def settings_of_numpy(d: Draft) -> None:
    d.fill("right")
    d.add("import numpy as np\n\nnp.set_printoptions(precision=2)\nnp.seterr(all='raise')\nnp.random.seed(3)")


@alike
def variables_with_the_names_of_the_tests(d: Draft) -> None:
    d.mix("right", "wrong")
    d.add("X = check = Check = numbers = expected = got = testing = 'mine'\nimport numpy as np")


# How the file was saved


@alike
def old_outputs(d: Draft) -> None:
    d.mix()
    for number, cell in enumerate((cell for cell in d.cells if cell.cell_type == "code"), 1):
        cell.execution_count = number
        cell.outputs = [new_output("stream", name="stderr", text="old\n")]
        if number % 3 == 0:
            cell.outputs += [new_output("error", ename="ValueError", evalue="old", traceback=["old"])]
        if number % 3 == 1:
            cell.outputs += [new_output("execute_result", {"text/plain": "0", "text/html": "<b>0</b>"})]


@alike
def saved_by_colab(d: Draft) -> None:
    d.mix()
    d.notebook.nbformat_minor = 0
    d.notebook.metadata.colab = {"provenance": [], "toc_visible": True}
    for cell in d.cells:
        cell.metadata.update(id=cell.pop("id"), outputId="d34db33f", colab={"base_uri": "https://localhost/"})


@alike
def saved_by_vs_code(d: Draft) -> None:
    d.mix()
    d.notebook.metadata.kernelspec = {"display_name": ".venv", "language": "python", "name": "python3"}
    d.notebook.metadata.language_info = {"name": "python", "version": "3.11.7", "file_extension": ".py"}
    for cell in d.cells:
        if cell.cell_type == "code":
            cell.metadata["vscode"] = {"languageId": "python"}


@alike
def saved_for_another_environment(d: Draft) -> None:
    d.mix()
    d.notebook.metadata.kernelspec = {
        "display_name": "Python (cnn)",
        "language": "python",
        "name": "conda-env-cnn",
    }


@alike
def without_cell_ids(d: Draft) -> None:
    d.mix()
    d.notebook.nbformat_minor = 4
    for cell in d.cells:
        cell.pop("id")


@alike
def windows_line_ends(d: Draft) -> None:
    d.mix()
    for cell in d.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    d.encode = lambda text: text.replace("\n", "\r\n").encode()


@alike
def other_alphabets(d: Draft) -> None:
    d.fill("right")
    d.add("größe = 'Ünïcödé'\nπ = 3.14159\nprint(größe, π, '畳み込み 🙂')")
    d.add("# Заметки\n\nПочему?", make=new_markdown_cell)
    d.wrap(d.any_function(), "# 畳み込み\nresultâ = plain(*args, **kwargs)\nreturn resultâ")


@alike
def a_space_in_a_locked_cell(d: Draft) -> None:
    d.mix()
    for cell in d.cells:
        if c.is_test(cell):
            cell.source += "\n\n# I read this  "


@alike
def a_solution_turned_into_text(d: Draft) -> None:
    d.fill("right")
    cell = d.cell(d.any_function())
    cell.cell_type = "markdown"
    cell.pop("outputs", None), cell.pop("execution_count", None)


# Cases whose marks differ on purpose


@differing("a test cell that writes to stderr")
def a_warning_in_a_test(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.functions[0], "import warnings\nwarnings.warn('slow')\nreturn plain(*args, **kwargs)")


@differing("a test cell that writes to stderr")
def a_bar_in_a_test(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.functions[1], "from tqdm import tqdm\nlist(tqdm(range(3)))\nreturn plain(*args, **kwargs)")


@differing("a test cell that was tagged `skip-execution`")
def a_skipped_test(d: Draft) -> None:
    d.fill("wrong", 1)
    d.cells[d.place(d.functions[0])].metadata["tags"] = ["skip-execution"]


@differing("a kernel that dies or hangs")
def a_function_that_ends_the_process(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.functions[-1], "import os\nos._exit(1)")


@differing("a missing graded cell")
def a_test_deleted(d: Draft) -> None:
    d.fill("right")
    d.cells.pop(d.place(d.functions[0]))


@differing("a duplicated solution cell")
def a_solution_cell_split_in_two(d: Draft) -> None:
    d.fill("right")
    function = d.any_function()
    place = d.place(f"{function}_solution")
    first = deepcopy(d.cells[place])
    first.source, first["id"] = "OFFSET = 0", "split-off"
    d.wrap(function, "return plain(*args, **kwargs) if OFFSET == 0 else None")
    d.cells.insert(place, first)


@differing("a function that changes its arguments")
def a_function_that_changes_its_arguments(d: Draft) -> None:
    d.fill()
    d.wrap(d.functions[0], "out = plain(*args, **kwargs)\nargs[0][...] = 0\nreturn out")


@differing("cells that were moved")
def a_solution_below_its_tests(d: Draft) -> None:
    d.fill("right")
    place = d.place(f"{d.functions[-1]}_solution")
    d.cells.append(d.cells.pop(place))


@differing("a name that only a test cell defines")
def an_answer_that_leans_on_a_test(d: Draft) -> None:
    d.fill("right")
    d.wrap(d.functions[-1], "assert check is not None\nreturn plain(*args, **kwargs)")


@differing("a built-in that the learner's cells rebind")
def a_built_in_rebound(d: Draft) -> None:
    d.fill()
    d.add("max = min = 0", at=d.place(f"{d.functions[-1]}_solution") + 1)


@differing("a file that nbgrader cannot open")
def a_byte_order_mark(d: Draft) -> None:
    d.fill("right")
    d.encode = lambda text: text.encode("utf-8-sig")


@differing("a notebook under another name")
def a_renamed_notebook(d: Draft) -> None:
    d.fill("right")
    d.name = "{lesson} (1).ipynb"


@differing("cells that were locked")
def the_imports_deleted(d: Draft) -> None:
    d.fill()
    place = next(i for i, cell in enumerate(d.cells) if c.is_locked(cell) and "as np" in cell.source)
    d.cells.pop(place)
    d.cell(d.functions[0]).source = "HALF = np.array(0.5)\n" + d.cell(d.functions[0]).source


@differing("partial credit")
def nearly_right(d: Draft) -> None:
    d.fill("right")
    d.wrap("halve", "return plain(*args, **kwargs) // 1")
