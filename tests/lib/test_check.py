"""cnnkit.check: what a check accepts, what it refuses, and every word it says."""

import collections

import nbformat
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from cnnkit import testing
from cnnkit.check import Check, CheckFailed, NotBegun
from cnnkit.mistakes import digest
from cnnkit.testing import LearnersError, Side

X = np.arange(6.0).reshape(2, 3)
UNFINISHED = ", or not finished: line 9 still raises NotImplementedError."
MATRIX = np.ones((2, 3)).view(np.matrix)


def judged(*args, **options):
    """The CheckFailed of `check.equal(*args)`, None where it passes."""
    try:
        with Check("f") as check:
            check.equal(*args[:2], *(args[2:] or ("f(x)",)), **options)
    except CheckFailed as failed:
        return failed
    return None


def text_of(*args, **options):
    failed = judged(*args, **options)
    return None if failed is None else str(failed)


class Anything:
    """Equal to everything, true, and poses as whatever it is asked to be."""

    shape, dtype, ndim, size = (2, 3), np.dtype(float), 2, 6

    def __init__(self, *args, **kwargs):
        pass

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    def __array__(self, *args, **kwargs):
        return X

    def __float__(self):
        return 1.0

    def __int__(self):
        return 1

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __abs__(self):
        return 0.0

    def __len__(self):
        return 2

    def __getitem__(self, key):
        return 1

    def __repr__(self):
        return "1.0"


class LyingFloat(Anything, float):
    def __new__(cls):
        return float.__new__(cls, 5.0)


class LyingInt(Anything, int):
    def __new__(cls):
        return int.__new__(cls, 5)


class LyingStr(Anything, str):
    def __new__(cls):
        return str.__new__(cls, "no")


class LyingTuple(Anything, tuple):
    pass


class LyingList(Anything, list):
    pass


class LyingDict(Anything, dict):
    pass


class LyingArray(np.ndarray):
    __eq__ = Anything.__eq__
    __ne__ = Anything.__ne__
    __hash__ = Anything.__hash__

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros((2, 3), bool)


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return torch.from_numpy(X)


class EqualType(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return 0


class Disguised(Anything, metaclass=EqualType):
    __hash__ = Anything.__hash__

    @property
    def __class__(self):
        return np.ndarray


LIARS = [
    Anything(),
    LyingFloat(),
    LyingInt(),
    LyingStr(),
    LyingTuple(),
    LyingList(),
    LyingDict(),
    np.ones((2, 3)).view(LyingArray),
    torch.ones(2, 3).as_subclass(LyingTensor),
    Disguised(),
]
EXPECTED = [
    1.0,
    np.float64(1),
    1,
    np.int64(1),
    True,
    np.True_,
    None,
    "yes",
    (1, 2),
    [1, 2],
    {"a": 1, "b": 2},
    X,
    X.astype(int),
    X > 2,
    np.array(1.0),
    np.zeros((0, 3)),
    torch.from_numpy(X),
    torch.ones(2, 3, dtype=torch.bool),
]


class TestWhatIsNeverAccepted:
    @pytest.mark.parametrize("liar", LIARS, ids=lambda liar: type(liar).__name__)
    @pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: f"{type(e).__name__} {np.shape(e)}")
    def test_an_object_that_equals_everything(self, liar, expected):
        assert judged(liar, expected) is not None

    @pytest.mark.parametrize("liar", LIARS, ids=lambda liar: type(liar).__name__)
    def test_nor_inside_a_container(self, liar):
        assert judged((1, liar), (1, 2)) is not None
        assert judged([liar], [X]) is not None
        assert judged({"Z": liar}, {"Z": 1.0}) is not None

    @pytest.mark.parametrize("liar", LIARS, ids=lambda liar: type(liar).__name__)
    def test_nor_as_a_condition_or_a_key_or_a_sequence(self, liar):
        with pytest.raises(CheckFailed), Check("f") as check:
            check.true(liar, "the sum is 1")
        with pytest.raises(CheckFailed), Check("f") as check:
            check.parts(liar, ("Z", "cache"), "f(x)")
        if not isinstance(liar, dict | list | torch.Tensor | np.ndarray):
            assert judged({liar: 1}, {"a": 1}) is not None

    @pytest.mark.parametrize(
        "got",
        [
            np.float64(1.0),
            np.array(1.0),
            np.ones((1, 1)),
            np.ones((2, 1)),
            np.ones((1, 3)),
            np.ones((1, 2, 3)),
            np.ones((3, 2)),
            np.ones(6),
            np.zeros((0, 3)),
            [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
            MATRIX,
            np.ma.masked_array(np.ones((2, 3)), mask=True),
            torch.ones(2, 3, dtype=torch.float64),
            np.ones((2, 3), dtype=object),
            np.ones((2, 3), dtype=int),
            np.ones((2, 3), dtype=bool),
            np.ones((2, 3), dtype=complex),
            np.full((2, 3), "1.0"),
        ],
        ids=str,
    )
    def test_what_numpy_would_broadcast_or_convert(self, got):
        assert judged(got, np.ones((2, 3))) is not None

    @pytest.mark.parametrize(
        "got",
        [
            torch.ones(1, 3),
            torch.ones(()),
            torch.ones(2, 3, dtype=torch.int64),
            torch.ones(2, 3, dtype=torch.complex64),
            torch.ones(2, 3, device="meta"),
            torch.ones(2, 3).to_sparse(),
            np.ones((2, 3), np.float32),
            1.0,
        ],
        ids=str,
    )
    def test_what_torch_would_broadcast_or_convert(self, got):
        assert judged(got, torch.ones(2, 3)) is not None

    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (True, 1),
            (1, True),
            (1, 1.0),
            (1.0, 1),
            (np.True_, 1),
            (np.array(1.0), 1.0),
            (torch.tensor(1.0), 1.0),
            ("1", 1),
            (1 + 0j, 1.0),
            ([1, 2], (1, 2)),
            ((1, 2), [1, 2]),
            ((1, 2), (1, 2, 3)),
            ((), (1,)),
            ((1,), ()),
            ({"a": 1, "b": 2}, {"a": 1}),
            ({}, {"a": 1}),
            ({1: "a"}, {"1": "a"}),
            (collections.OrderedDict(a=1), {"a": 1}),
            (collections.namedtuple("Pair", "a b")(1, 2), (1, 2)),
            (b"yes", "yes"),
            (None, 0),
            (0, None),
            (2**62 + 1, 2**62),
            (np.uint64(2**63 + 1), 2**63),
            (float("nan"), 1.0),
            (1.0, float("nan")),
            (float("inf"), 1.0),
            (1e308, float("inf")),
            (float("-inf"), float("inf")),
        ],
        ids=str,
    )
    def test_values_that_are_almost_the_same(self, got, expected):
        assert judged(got, expected) is not None

    def test_integers_within_a_tolerance(self):
        assert judged(np.array([10**9 + 1]), np.array([10**9])) is not None
        assert judged(np.array([2**62 + 1]), np.array([2**62])) is not None
        assert judged(torch.tensor([101]), torch.tensor([100]), rtol=0.5, atol=5) is not None
        assert judged(101, 100, rtol=0.5, atol=5) is not None


class TestWhatIsAccepted:
    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (X.copy(), X),
            (X.astype(np.float32), X),
            (np.asfortranarray(X), X),
            (X.astype(np.uint8), X.astype(np.int64)),
            (X * (1 + 1e-9), X),
            (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
            (np.zeros((0, 3)), np.zeros((0, 3))),
            (np.array(3.0), np.array(3.0)),
            (X > 1, X > 1),
            (np.array([1 + 1e-9j]), np.array([1 + 0j])),
            (torch.from_numpy(X), torch.from_numpy(X)),
            (torch.from_numpy(X).float(), torch.from_numpy(X)),
            (torch.nn.Parameter(torch.ones(2)), torch.ones(2)),
            (torch.ones(2, requires_grad=True) * 1, torch.ones(2)),
            (torch.ones(2, dtype=torch.bfloat16), torch.ones(2)),
            (torch.ones(2, dtype=torch.int32), torch.ones(2, dtype=torch.int64)),
            (np.float32(0.5), 0.5),
            (0.5, np.float64(0.5)),
            (float("nan"), np.nan),
            (np.inf, float("inf")),
            (np.int32(7), 7),
            (7, np.uint8(7)),
            (2**70, 2**70),
            (np.True_, True),
            (False, np.False_),
            (None, None),
            ("yes", "yes"),
            ((X, {"stride": 2}, [1.0, (True, None)]), (X, {"stride": 2}, [1.0, (True, None)])),
            ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
            ((), ()),
        ],
        ids=str,
    )
    def test_the_same_values(self, got, expected):
        assert text_of(got, expected) is None

    def test_the_very_dtype_where_it_is_demanded(self):
        assert text_of(X, X, same_dtype=True) is None
        assert (
            text_of(X.astype(np.float32), X, same_dtype=True)
            == "f: f(x) should have the dtype float64, and has float32."
        )
        assert (
            text_of(torch.ones(1, dtype=torch.float64), torch.ones(1), same_dtype=True)
            == "f: f(x) should have the dtype torch.float32, and has torch.float64."
        )

    def test_tolerances_are_the_callers(self):
        assert text_of(1.1, 1.0, atol=0.2, rtol=0) is None
        assert text_of(X * 1.01, X, rtol=0.02) is None
        assert judged(X * 1.01, X, rtol=0.005) is not None

    def test_half_precision_is_compared_without_overflow(self):
        assert text_of(np.array([6e4], np.float16), np.array([-6e4], np.float16), "f(x)") is not None
        assert text_of(np.array([6e4], np.float16), np.array([6e4], np.float16), "f(x)") is None

    @pytest.mark.parametrize("expected", [MATRIX, np.ma.masked_array([1.0]), object(), {1, 2}, b"x"])
    def test_a_test_that_expects_what_cannot_be_compared_says_so(self, expected):
        with (
            pytest.raises(
                CheckFailed, match="the test stopped at TypeError: f\\(x\\) cannot be compared with"
            ),
            Check("f") as check,
        ):
            check.equal(expected, expected, "f(x)")


class TestTheWords:
    @pytest.mark.parametrize(
        ("got", "expected", "sentence"),
        [
            (None, X, "f(x) should be an ndarray, and is None (is a `return` missing?)."),
            ([1.0], X, "f(x) should be an ndarray, and is a list."),
            (torch.ones(2, 3), X, "f(x) should be an ndarray, and is a Tensor of shape (2, 3)."),
            (X, torch.ones(2, 3), "f(x) should be a Tensor, and is an ndarray of shape (2, 3)."),
            (MATRIX, X, "f(x) should be an ndarray, and is a matrix."),
            (np.ma.masked_array([1.0]), X, "f(x) should be an ndarray, and is a MaskedArray."),
            (X.T, X, "f(x) should have the shape (2, 3), and has (3, 2)."),
            (np.array(1.0), X, "f(x) should have the shape (2, 3), and has ()."),
            (X.astype(object), X, "f(x) should have the dtype float64, and has object."),
            (X.astype(int), X, "f(x) should have the dtype float64, and has int64."),
            (np.array(4.0), np.array(3.0), "f(x) should be 3, and is 4."),
            (np.ones((1, 1, 1)), 1.0, "f(x) should be a float, and is an ndarray of shape (1, 1, 1)."),
            (torch.tensor(1.0), 1.0, "f(x) should be a float, and is a Tensor of shape ()."),
            (1, 1.0, "f(x) should be a float, and is an int."),
            (True, 1, "f(x) should be an int, and is a bool."),
            (np.uint8(1), 1.0, "f(x) should be a float, and is a uint8."),
            (None, 1, "f(x) should be an int, and is None (is a `return` missing?)."),
            (2.5, 1.0, "f(x) should be 1, and is 2.5."),
            (float("nan"), 1.0, "f(x) should be 1, and is nan."),
            (2, 3, "f(x) should be 3, and is 2."),
            (1, True, "f(x) should be True, and is 1."),
            (X, True, "f(x) should be True, and is an ndarray of shape (2, 3)."),
            ("no", "yes", "f(x) should be 'yes', and is 'no'."),
            (3, None, "f(x) should be None, and is 3."),
            ([1], (1,), "f(x) should be a tuple, and is a list."),
            ((1,), (1, 2), "f(x) should have 2 items, and has 1."),
            ((), (1,), "f(x) should have 1 item, and has 0."),
            ((1, 5), (1, 2), "f(x)[1] should be 2, and is 5."),
            ({"pad": 1}, {"pad": 2}, "f(x)['pad'] should be 2, and is 1."),
            ({"pda": 1}, {"pad": 1}, "f(x) should have the keys 'pad', and has 'pda'."),
            ({}, {"a": 1, "b": 2}, "f(x) should have the keys 'a', 'b', and has none."),
            (LyingFloat(), 1.0, "f(x) should be a float, and is a LyingFloat."),
            (
                type("ndarray", (np.ndarray,), {})((2, 3)),
                X,
                "f(x) should be an ndarray, and is an ndarray of another class.",
            ),
            (
                torch.ones(2).as_subclass(LyingTensor),
                torch.ones(2),
                "f(x) should be a Tensor, and is a Tensor of another class.",
            ),
            (
                type("float", (float,), {})(1.0),
                1.0,
                "f(x) should be a float, and is a float of another class.",
            ),
            (
                torch.ones(2, device="meta"),
                torch.ones(2),
                "f(x) should hold numbers, and holds none that can be read.",
            ),
        ],
    )
    def test_a_sentence_for_each_way_to_be_wrong(self, got, expected, sentence):
        assert text_of(got, expected) == f"f: {sentence}"

    def test_a_huge_int_is_not_written_out(self):
        assert text_of(10**5000, 3) == "f: f(x) should be 3, and is an int."

    def test_where_values_differ(self):
        got = X.copy()
        got[1, 0] = 7.25
        assert text_of(got, X, "f(x)", axes=("row", "column")) == (
            "f: f(x) has the right shape, but 1 of 6 values differ.\n"
            "The first is at [1, 0] (row 1, column 0): expected 3, got 7.25.\n"
            "expected\n[[0. 1. 2.]\n [3. 4. 5.]]\n"
            "got\n[[0.   1.   2.  ]\n [7.25 4.   5.  ]]"
        )

    def test_one_axis(self):
        assert text_of(np.array([1, 3]), np.array([1, 2])) == (
            "f: f(x) has the right shape, but 1 of 2 values differ.\n"
            "The first is at [1]: expected 2, got 3.\nexpected\n[1 2]\ngot\n[1 3]"
        )

    def test_rows_and_columns_are_shown_of_the_image_and_channel_that_differ(self):
        expected = np.zeros((2, 2, 3, 4))
        got = expected.copy()
        got[1, 0, 2, 3] = 5
        assert text_of(got, expected, "f(x)", axes=("image", "row", "column", "channel")) == (
            "f: f(x) has the right shape, but 1 of 48 values differ.\n"
            "The first is at [1, 0, 2, 3] (image 1, row 0, column 2, channel 3): expected 0, got 5.\n"
            "expected\n[[0. 0. 0.]\n [0. 0. 0.]]\n"
            "got\n[[0. 0. 5.]\n [0. 0. 0.]]"
        )

    def test_a_large_array_is_shown_around_the_place(self):
        expected = torch.zeros(1, 1, 100, 100, dtype=torch.int64)
        got = expected.clone()
        got[0, 0, 50, 60] = 9
        lines = text_of(got, expected).splitlines()
        assert lines[1] == "The first is at [0, 0, 50, 60]: expected 0, got 9."
        assert len(lines) == 2 + 2 * 7
        assert sum("9" in line for line in lines[10:]) == 1

    def test_four_names_of_axes_for_an_array_of_fewer(self):
        failed = text_of(X + 1, X, "f(x)", axes=("image", "row", "column", "channel"))
        assert failed.splitlines()[1] == "The first is at [0, 0] (image 0, row 0): expected 0, got 1."

    def test_nan_is_pointed_out(self):
        got = X.copy()
        got[0] = np.nan
        assert text_of(got, X).splitlines()[:3] == [
            "f: f(x) has the right shape, but 3 of 6 values differ.",
            "The first is at [0, 0]: expected 0, got nan.",
            "3 of yours are nan: look for 0/0, inf - inf, or the mean of nothing.",
        ]

    def test_nothing_of_the_learners_own_class_is_printed(self):
        class Loud:
            def __repr__(self):
                raise SystemExit

        assert text_of(Loud(), "yes") == "f: f(x) should be 'yes', and is a Loud."
        assert text_of((Loud(), 1), "yes") == "f: f(x) should be 'yes', and is (a Loud, 1)."


class TestTrue:
    @pytest.mark.parametrize("condition", [True, np.True_])
    def test_true_passes(self, condition):
        with Check("f") as check:
            check.true(condition, "the sum is 1")

    @pytest.mark.parametrize("condition", [False, np.False_])
    def test_false_says_the_sentence(self, condition):
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.true(condition, "The sum is 1.")
        assert str(failed.value) == "f: The sum is 1."
        assert failed.value.evidence == digest("f", "The sum is 1.", False)

    @pytest.mark.parametrize(
        ("condition", "came"),
        [
            (None, "None"),
            (1, "1"),
            ("yes", "'yes'"),
            ([1], "[1]"),
            (torch.tensor(True), "a Tensor of shape ()"),
            (np.array([True, True]), "an ndarray of shape (2,)"),
        ],
    )
    def test_what_is_no_bool_is_named(self, condition, came):
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.true(condition, "The sum is 1.")
        assert str(failed.value) == f"f: The sum is 1. (What came is {came}, neither True nor False.)"


class TestRaises:
    def test_the_error_or_one_derived_from_it(self):
        with Check("f") as check:
            assert "'no'" in check.raises(ValueError, int, "no", label="f(x)")
            assert check.raises(LookupError, [].__getitem__, 1, label="f(x)") == "list index out of range"

    def test_an_error_from_elsewhere_is_known_by_its_names(self):
        def remote():
            raise LearnersError(["KeyError", "LookupError", "Exception"], "'pad'")

        with Check("f") as check:
            assert check.raises(LookupError, remote, label="f(x)") == "'pad'"
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.raises(ValueError, remote, label="f(x)")
        assert str(failed.value) == "f: f(x) should raise ValueError, and raised KeyError: 'pad'."

    def test_another_error(self):
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.raises(ValueError, lambda: 1 / 0, label="f(x)")
        assert (
            str(failed.value)
            == "f: f(x) should raise ValueError, and raised ZeroDivisionError: division by zero."
        )

    @pytest.mark.parametrize(
        ("returned", "said"),
        [(None, "None"), (3, "3"), (X, "an ndarray of shape (2, 3)"), ((1, "a"), "(1, 'a')")],
    )
    def test_no_error(self, returned, said):
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.raises(ValueError, lambda: returned, label="f(x)")
        assert str(failed.value) == f"f: f(x) should raise ValueError, and returned {said}."

    @pytest.mark.parametrize("demanded", [ValueError, RuntimeError, Exception])
    def test_a_stub_has_not_raised_what_is_demanded(self, demanded):
        def stub():
            raise NotImplementedError

        with pytest.raises(NotBegun), Check("f") as check:
            check.raises(demanded, stub, label="f(x)")


class TestParts:
    def test_the_items_come_back(self):
        with Check("f") as check:
            assert check.parts((1, 2), ("Z", "cache"), "f(x)") == (1, 2)
            assert check.parts([1], ("Z",), "f(x)") == (1,)

    @pytest.mark.parametrize(
        ("got", "came"),
        [
            ((1, 2, 3), "3 values"),
            ((1,), "1 value"),
            (None, "None (is a `return` missing?)"),
            (X, "an ndarray of shape (2, 3)"),
            ({"Z": 1, "cache": 2}, "a dict"),
        ],
    )
    def test_anything_else_is_named(self, got, came):
        with pytest.raises(CheckFailed) as failed, Check("f") as check:
            check.parts(got, ("Z", "cache"), "f(x)")
        assert str(failed.value) == f"f: f(x) should return (Z, cache), and returned {came}."


class TestOutcomes:
    def test_passed_is_said(self, capsys):
        with Check("zero_pad") as check:
            check.equal(1, 1, "f(x)")
        assert capsys.readouterr().out == "zero_pad: passed\n"

    def test_a_failure_says_nothing_else(self, capsys):
        assert judged(1, 2) is not None
        assert capsys.readouterr() == ("", "")

    def test_checks_stop_at_the_first_that_does_not_hold(self):
        with pytest.raises(CheckFailed, match="first"), Check("f") as check:
            check.true(False, "first")
            check.true(False, "second")

    def test_evidence_is_a_digest_of_what_came(self):
        failed = judged(X + 1, X, "f(x)")
        assert (failed.evidence, failed.exact) == (digest("f", "f(x)", X + 1), True)
        assert not judged(X / 3, X).exact

    def test_a_known_mistake_comes_first(self):
        evidence = digest("f", "f(x)", 2)
        with testing.on(Side(mistake={evidence: "You flipped the kernel."}.get)):
            assert text_of(2, 3) == "f: You flipped the kernel.\nf(x) should be 3, and is 2."
            assert text_of(4, 3) == "f: f(x) should be 3, and is 4."

    def test_a_known_mistake_may_be_an_error(self):
        evidence = digest("f", "raised", "ZeroDivisionError", "division by zero")
        side = Side(mistake={evidence: "Stride is not checked."}.get)
        with testing.on(side), pytest.raises(CheckFailed) as failed, Check("f"):
            _ = 1 / 0
        assert str(failed.value).startswith("f: Stride is not checked.\n")
        assert (failed.value.evidence, failed.value.exact) == (evidence, True)

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_an_interruption_is_not_a_verdict(self, error):
        with pytest.raises(error), Check("f"):
            raise error


class TestErrorsFromElsewhere:
    def message(self, error):
        with pytest.raises((CheckFailed, NotBegun)) as failed, Check("conv_forward"):
            raise error
        return failed.value

    def test_in_the_function_itself(self):
        failed = self.message(
            LearnersError(["IndexError"], "out of bounds", [("conv_forward", 12, "A_prev[i, 99]")])
        )
        assert str(failed) == "conv_forward: it raised IndexError: out of bounds"
        assert failed.details == ["  line 12, in conv_forward:  A_prev[i, 99]"]

    def test_in_a_function_that_it_calls(self):
        frames = [
            ("conv_forward", 3, "zero_pad(A_prev, pad)"),
            ("zero_pad", 2, "X[5]"),
            ("<listcomp>", 2, "X[5]"),
        ]
        failed = self.message(LearnersError(["IndexError"], "", frames))
        assert str(failed) == "conv_forward: it calls zero_pad, which raised IndexError"

    def test_in_another_function_that_the_test_calls(self):
        failed = self.message(LearnersError(["IndexError"], "", [("pool_forward", 3, "x")]))
        assert str(failed) == "conv_forward: pool_forward raised IndexError"

    def test_outside_any_function(self):
        failed = self.message(LearnersError(["TypeError"], "conv_forward() takes 2 arguments"))
        assert str(failed) == "conv_forward: the test stopped at TypeError: conv_forward() takes 2 arguments"

    def test_a_name_that_is_not_there(self):
        failed = self.message(LearnersError(["NameError"], "name 'zero_pad' is not defined"))
        assert (
            str(failed) == "conv_forward: name 'zero_pad' is not defined: run the cell that defines it first."
        )

    @pytest.mark.parametrize(
        ("frames", "sentence"),
        [
            ([], "not begun yet."),
            ([("conv_forward", 9, "")], f"not begun{UNFINISHED}"),
            (
                [("conv_forward", 3, ""), ("zero_pad", 9, "")],
                f"it calls zero_pad, which is not begun{UNFINISHED}",
            ),
            ([("zero_pad", 9, "")], f"zero_pad is not begun{UNFINISHED}"),
        ],
    )
    def test_not_begun(self, frames, sentence):
        failed = self.message(LearnersError(["NotImplementedError", "RuntimeError"], "", frames))
        assert isinstance(failed, NotBegun)
        assert str(failed) == f"conv_forward: {sentence}"

    def test_what_a_library_does_not_implement_has_been_begun(self):
        failed = self.message(NotImplementedError("Could not run 'aten::_local_scalar_dense'"))
        assert isinstance(failed, CheckFailed)

    def test_a_deep_recursion_is_cut(self):
        failed = self.message(
            LearnersError(["RecursionError"], "", [("conv_forward", i, "") for i in range(900)])
        )
        assert len(failed.details) == 9
        assert failed.details[4] == "  … 892 more calls …"

    def test_a_long_text_is_cut(self):
        assert len(str(self.message(LearnersError(["ValueError"], "x" * 10**6, [("f", 1, "")])))) < 400

    def test_an_error_that_cannot_say_what_it_is(self):
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError

        assert str(self.message(Mute())) == "conv_forward: the test stopped at Mute"


SOLUTION = """def zero_pad(X, pad):
    rows = [X[i + pad] for i in range(9)]
    return rows

def conv_forward(A_prev, pad):
    padded = zero_pad(A_prev, pad)
    return padded
"""
STUB = "def conv_forward(A_prev, pad):\n    raise NotImplementedError()"
TEST = """
from cnnkit.check import Check
with Check("conv_forward") as check:
    check.equal(conv_forward([1, 2], 1), 0.0, "conv_forward([1, 2], 1)")
"""


class TestInIPython:
    def test_a_shell_keeps_the_learners_frames(self):
        shell = InteractiveShell()
        shell.run_cell(SOLUTION)
        failed = shell.run_cell(TEST).error_in_exec
        assert (
            str(failed) == "conv_forward: it calls zero_pad, which raised IndexError: list index out of range"
        )
        assert failed.details == [
            "  line 6, in conv_forward:  padded = zero_pad(A_prev, pad)",
            "  line 2, in zero_pad:  rows = [X[i + pad] for i in range(9)]",
            "  line 2, in <listcomp>:  rows = [X[i + pad] for i in range(9)]",
        ]

    def test_long_sentences_are_broken_between_words_and_arrays_are_left_alone(self):
        long, grid = "word " * 30, "[[" + "1. " * 40
        shown = CheckFailed(f"{long}\n{grid}", details=["  line 1"])._render_traceback_()
        assert " ".join(shown[:-2]).split() == long.split()
        assert max(map(len, shown[:-2])) <= 76
        assert shown[-2:] == [grid, "  line 1"]

    def test_frames_of_installed_packages_are_left_out(self):
        shell = InteractiveShell()
        shell.run_cell("import json\ndef conv_forward(A_prev, pad):\n    return json.loads('{')")
        failed = shell.run_cell(TEST).error_in_exec
        assert failed.details == ["  line 3, in conv_forward:  return json.loads('{')"]

    def test_a_kernel_shows_our_lines_and_no_traceback(self):
        cells = [
            SOLUTION,
            TEST,
            STUB,
            TEST,
            "conv_forward = lambda A, pad: 1.5",
            TEST,
            "del conv_forward",
            TEST,
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60).execute()
        errors = [cell.outputs[0] for cell in notebook.cells[1::2]]
        assert [error.traceback for error in errors] == [
            [
                "conv_forward: it calls zero_pad, which raised IndexError: list index out of",
                "range",
                "  line 6, in conv_forward:  padded = zero_pad(A_prev, pad)",
                "  line 2, in zero_pad:  rows = [X[i + pad] for i in range(9)]",
                "  line 2, in <listcomp>:  rows = [X[i + pad] for i in range(9)]",
            ],
            ["conv_forward: not begun, or not finished: line 2 still raises", "NotImplementedError."],
            ["conv_forward: conv_forward([1, 2], 1) should be 0, and is 1.5."],
            ["conv_forward: name 'conv_forward' is not defined: run the cell that defines", "it first."],
        ]
        assert [error.ename for error in errors] == ["CheckFailed", "NotBegun", "CheckFailed", "CheckFailed"]
