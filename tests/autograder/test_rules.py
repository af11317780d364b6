import pytest
from small_lesson import (
    CELLS,
    DEMO,
    DOUBLE,
    DOUBLE_HIDDEN,
    DOUBLE_TEST,
    LESSON,
    SOURCE,
    TOTAL,
    TOTAL_HIDDEN,
    TOTAL_TEST,
    header,
    master_of,
)

from autograder.cells import checkpoints
from autograder.rules import cut, names, split, violations


def complaints(source: str) -> list[str]:
    return violations(master_of(source), LESSON)


def with_line(test: str, line: str) -> str:
    """The lesson with a line more in a test, before its checks."""
    return SOURCE.replace(test, test.replace("with Check", f"{line}\nwith Check"))


def test_a_sound_lesson_has_no_violation() -> None:
    assert complaints(SOURCE) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("print(np.ones(3) * scale)", "uses scale, which neither it nor a solution cell defines"),
        ("def helper():\n    return scale", "uses scale, which neither it nor a solution cell defines"),
        ("double(np.ones(3)).sum().backward()", "uses .backward"),
        ("isinstance(double, object)", "uses isinstance; use testing.kind"),
        ("kind = type(double(np.ones(2)))", "uses type; use testing.kind"),
        ("double.__code__", "uses __code__"),
        ("try:\n    double(None)\nfinally:\n    pass", "uses try; use check.raises"),
        ("def helper():\n    global state\n    state = 1", "uses global or nonlocal"),
        ("double = np.sin", "binds double, the name of what the learner writes"),
        ("for total in range(3):\n    pass", "binds total"),
        ("def helper(total):\n    return total", "binds total"),
        ("import numpy as double", "binds double"),
        ("[total for total in range(3)]", "binds total"),
        ("double += 1", "binds double"),
        ("del double", "binds double"),
        ("double.calls = 0", "changes double or what it gives in place"),
        ("double[0] = 1", "changes double or what it gives in place"),
        ("double.calls += 1", "changes double or what it gives in place"),
        ("del double.calls", "changes double or what it gives in place"),
        ("double(np.ones(3))[0] = 1", "changes double or what it gives in place"),
        ("setattr(double, 'calls', 0)", "uses setattr"),
        ("X = np.random.default_rng(0).normal()", "uses np.random; random numbers come from testing.rng"),
        ("from cnnkit import testing\ntesting.rng('other')", "should draw from testing.rng('double')"),
        ("%matplotlib inline", "does not parse as Python"),
    ],
)
def test_what_a_test_may_not_do(line: str, complaint: str) -> None:
    found = complaints(with_line(DOUBLE_TEST, line))
    assert any(text.startswith("cell 'double': ") and complaint in text for text in found), found


def test_every_complaint_names_its_cell_and_stands_alone() -> None:
    found = complaints(with_line(TOTAL_HIDDEN, "scale.backward()"))
    assert found == [
        "cell 'total_hidden': uses scale, which neither it nor a solution cell defines",
        "cell 'total_hidden': uses .backward; use testing.grad (or torch.autograd.grad)",
    ]


def test_what_a_test_may_do() -> None:
    lines = (
        "from scipy import signal\ndef brute(values):\n    return [signal.convolve(v, v) for v in values]\n"
    )
    stores = "expected = np.zeros(3)\nexpected[0] = double(np.ones(3))[0]\nexpected += total(np.ones(2))\n"
    assert complaints(with_line(DOUBLE_HIDDEN, lines + "\n" + stores)) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (DOUBLE_TEST, DOUBLE_TEST * 2, "cell 'double': another cell has the same grade_id"),
        ('"grade_id": "double", ', "", "has nbgrader's metadata, but no grade_id"),
        ('"grade_id": "total"', '"grade_id": "sum"', "the test 'sum' is named after no function"),
        ('"points": 2', '"points": 1', "double is worth 2 points: make it 3 or more"),
        ('"points": 2', '"points": 30', "the lesson is worth 62 points: make it 40 or fewer"),
        (', "points": 1', "", "cell 'double': a test should state its points"),
        (DOUBLE_TEST, "", "cell 'double_solution': double has no visible test"),
        (DOUBLE_HIDDEN, "", "cell 'double_solution': double has no hidden test"),
        ('"schema_version": 3', '"schema_version": 2', "should be of schema_version 3"),
        ('"locked": true, "points"', '"locked": false, "points"', "cell 'double': a test should be locked"),
        ('with Check("total")', 'with Check("double")', "should stand in `with Check('total') as check:`"),
        ("# Hidden tests of double.\n", "expected = 8\n", "code of a hidden test stands outside its marks"),
        ('"grade_id": "double_hidden"', '"grade_id": "double_more"', "have a grade_id that ends in _hidden"),
        ("### END HIDDEN TESTS\n", "", "cell 'double_hidden': '### BEGIN HIDDEN TESTS' and"),
        ("    ### END SOLUTION\n", "", "cell 'double_solution': '### BEGIN SOLUTION' and"),
        ("print(double", "### BEGIN SOLUTION\n### END SOLUTION\nprint(double", "but is no solution cell"),
        ("# # Doubles", "# BEGIN HIDDEN TESTS is nbgrader's", "but is no test cell"),
        (
            '"grade_id": "double_solution"',
            '"grade_id": "twice_solution"',
            "cell 'twice_solution': its grade_id",
        ),
        (
            "    return float(double(X).sum())\n",
            "    # Add.\n    return 1\n",
            "'# Add.' should stand outside",
        ),
        ("print(double", "print((double", "does not parse as Python"),
    ],
)
def test_what_a_lesson_may_not_do(before: str, after: str, complaint: str) -> None:
    assert before in SOURCE
    found = complaints(SOURCE.replace(before, after))
    assert any(complaint in text for text in found), found


def test_a_cell_that_is_solution_and_test_at_once_is_refused() -> None:
    both = DOUBLE.replace('"grade": false', '"grade": true, "points": 1')
    assert "cell 'double_solution': is both solution and test; make it two cells" in complaints(
        SOURCE.replace(DOUBLE, both)
    )


SIGNATURE_CUT = '''def total(X):
    """The sum of the doubles of X, a float."""
    # Step 1: double, then add.
'''


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (
            f"### BEGIN SOLUTION\n{SIGNATURE_CUT}    return 1\n### END SOLUTION\n",
            "total is defined inside a solution region",
        ),
        (
            'def total(X):\n    ### BEGIN SOLUTION\n    """The sum."""\n    return 1\n    ### END SOLUTION\n',
            "the signature or docstring of total is cut",
        ),
        (
            'def total(\n    ### BEGIN SOLUTION\n    X\n    ### END SOLUTION\n):\n    """Sum."""\n',
            "its stub does not parse",
        ),
        (f"{SIGNATURE_CUT}    return 1\n", "has no solution region"),
        (f"{SIGNATURE_CUT}    return 1\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n", "raises nothing"),
        (
            "def total(X):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n",
            "total has no docstring",
        ),
        (
            'class total:\n    """Sum."""\n\n    ### BEGIN SOLUTION\n    def forward(self):\n        pass\n'
            "    ### END SOLUTION\n",
            "total.forward is defined inside a solution region",
        ),
    ],
)
def test_a_stub_keeps_what_callers_see(code: str, complaint: str) -> None:
    source = "\n".join([*CELLS[:6], header("total_solution", solution=True) + code, TOTAL_TEST, TOTAL_HIDDEN])
    found = complaints(source)
    assert any(text.startswith("cell 'total_solution': ") and complaint in text for text in found), found


def test_a_cell_may_not_take_a_name_from_a_test() -> None:
    found = complaints(SOURCE.replace(DEMO, "# %%\nprint(X)\n"))
    assert found == ["cell 'cell-005': takes X from the test in cell 'double'; define it elsewhere"]


def test_a_cell_may_not_take_a_module_that_only_a_test_imports() -> None:
    late = SOURCE.replace(DEMO, "# %%\nprint(testing)\n")
    assert "takes testing from the test in cell 'double_hidden'" in complaints(late)[0]
    assert complaints(SOURCE.replace(DEMO, "# %%\nX = np.ones(3)\nprint(X)\n")) == []


def test_regions_of_a_source() -> None:
    source = "a\n  ### BEGIN SOLUTION\n  b\n  ### END SOLUTION\nc\n### BEGIN SOLUTION\nd\n### END SOLUTION"
    assert split(source, "### BEGIN SOLUTION", "### END SOLUTION") == (["  b", "d"], ["a", "c"])
    stub = "# YOUR CODE HERE\n  raise NotImplementedError()\n"
    assert cut(source) == f"a\n  {stub}c\n{stub.replace('  ', '').rstrip()}"
    assert cut(TOTAL).count("raise") == 1


def test_names_of_a_piece_of_code() -> None:
    found = names("import a.b as c\nfrom d import e\ndef f(g, h=i):\n    j = k\n    return [m for m in n]\n")
    assert found.bound == {"c", "e", "f"}
    assert found.imported == {"c", "e"}
    assert found.everywhere == {"c", "e", "f", "g", "h", "j", "m", ".0"}
    assert found.free == {"i", "k", "n"}


TAGS = '# %% tags=["train"] '
TRAIN = header("model_train", locked=True).replace("# %% ", TAGS) + (
    'model = cnnkit.train_or_load(build, fit, "work/doubles/model.safetensors")\n'
)
MODEL_TEST = header("model", points=2) + DOUBLE_TEST.split("\n", 1)[1].replace("double", "model")
MODEL_HIDDEN = header("model_hidden", points=2) + DOUBLE_HIDDEN.split("\n", 1)[1].replace("double", "model")
TRAINED = "\n".join([*CELLS, TRAIN, MODEL_TEST, MODEL_HIDDEN])
CALL = 'cnnkit.train_or_load(build, fit, "work/doubles/model.safetensors")'
FORM = (
    "a train cell is one assignment, of the form NAME = "
    'cnnkit.train_or_load(build, fit, "work/doubles/FILE.safetensors")'
)


def test_a_train_cell_that_is_a_plain_call_is_sound() -> None:
    assert complaints(TRAINED) == []
    assert checkpoints(master_of(TRAINED)) == ["work/doubles/model.safetensors"]
    commented = TRAINED.replace(f"model = {CALL}", f"# Three minutes on one core.\nmodel = {CALL}  # saved")
    assert complaints(commented) == []
    wrapped = CALL.replace("(", "(\n    ").replace(", ", ",\n    ").replace(")", ",\n)")
    assert complaints(TRAINED.replace(CALL, wrapped)) == []
    assert checkpoints(master_of(TRAINED.replace(TAGS, "# %% "))) == []


OTHER_FORMS = [
    ("model = ", ""), ("model = ", "a = b = "), ("model = ", "a, b = "), ("model = ", "model.inner = "),
    ("model = ", "model: object = "), ("model = ", "import cnnkit\nmodel = "), ("model = ", "print()\nmodel = "),
    (CALL, f"{CALL}.eval()"), (CALL, f"{CALL}, 1"), (CALL, f"{CALL}\nprint(model)"), (CALL, "None"),
    (CALL, f"{CALL[:-1]}, 1)"), (CALL, f"{CALL[:-1]}, **more)"),
    ("cnnkit.train", "train"), ("cnnkit.train", "training.train"), ("cnnkit.train_or_load", "cnnkit.quick"),
    ("(build", "(lambda: None"), ('"work', 'path="work'), ('"work', 'f"work'), ('"work', 'b"work'),
    ("work/", ""), ("work/", "/work/"), ("work/", "../work/"), ("doubles/", "../"), ("doubles/", "doubles/../"),
    ("doubles/", ""), ("model.saf", ".saf"), (".safetensors", ".pt"), ('.safetensors"', '.safetensors\\n"'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), OTHER_FORMS)
def test_a_train_cell_of_any_other_form_is_refused_and_asks_for_no_file(before: str, after: str) -> None:
    assert before in f"model = {CALL}"
    source = TRAINED.replace(f"model = {CALL}", f"model = {CALL}".replace(before, after))
    assert f"cell 'model_train': {FORM}" in complaints(source)
    assert checkpoints(master_of(source)) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("work/doubles/", "work/others/", f"cell 'model_train': {FORM}"),
        ('"grade_id": "model_train", "locked": true', '"grade_id": "model_train", "locked": false',
         "cell 'model_train': a train cell should be locked"),
        (TAGS, "# %% ", "cell 'model_train': calls train_or_load, but is not tagged train"),
        (TRAIN, TRAIN + TRAIN.replace("model_train", "again_train").replace("model =", "again ="),
         "cell 'again_train': another cell saves its weights under 'work/doubles/model.safetensors' too"),
    ],
)  # fmt: skip
def test_what_a_train_cell_may_not_do(before: str, after: str, complaint: str) -> None:
    assert before in TRAINED
    assert complaint in complaints(TRAINED.replace(before, after))
