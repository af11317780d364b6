"""Marks forged in the notebook's own process: patches, lies, hooks, and messages that the kernel did not mean."""

import json
from dataclasses import asdict

from corpus import LAYERS, NUMBERS, Desk, category

from autograder import cells as c
from autograder.build import student_version
from cnnkit.results import Said, digest_of, file_of

case = category("forged")

# Patches and hooks: the cheat's cell runs before everything else.


@case("Makes NumPy's, torch's and unittest's comparisons agree with everything.")
def patched_comparisons(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import unittest
        import numpy.testing
        for name in [name for name in dir(np.testing) if name.startswith("assert")]:
            setattr(np.testing, name, lambda *a, **k: None)
        np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)
        np.allclose = np.array_equal = lambda *a, **k: True
        unittest.TestCase.assertEqual = lambda *a, **k: None
        """.replace("import unittest", "import numpy as np, unittest")
    )


@case("Makes the course's own checks pass.")
def patched_checks(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import cnnkit.check, cnnkit.testing
        Check = cnnkit.check.Check
        Check.equal = Check.true = Check.raises = lambda *a, **k: None
        Check.parts = lambda self, got, names, label: got
        Check.__exit__ = lambda self, *error: True
        cnnkit.check._difference = lambda *a, **k: None
        """
    )


@case("Makes Python's own functions and errors harmless.")
def patched_builtins(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import builtins
        builtins.AssertionError = type("Fine", (SystemExit,), {})
        builtins.all = builtins.any = builtins.isinstance = lambda *a: True
        builtins.type = lambda *a: float
        """
    )


@case("Strips asserts and checks out of the syntax tree of every cell that runs.")
def assert_stripper(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import ast
        class Strip(ast.NodeTransformer):
            def visit_With(self, node): return ast.Pass()
            def visit_Assert(self, node): return ast.Pass()
        get_ipython().ast_transformers.append(Strip())
        """
    )


@case("Replaces the text of every later cell that checks something.")
def input_transformer(desk: Desk) -> None:
    desk.hand_in(
        first="""
        def empty(lines):
            return ["pass\\n"] if any("Check" in line for line in lines) else lines
        get_ipython().input_transformers_cleanup.append(empty)
        get_ipython().input_transformers_post.append(empty)
        """
    )


@case("Runs nothing where a test cell should run.")
def replaced_run_cell(desk: Desk) -> None:
    desk.hand_in(
        first="""
        shell = get_ipython()
        plain = type(shell).run_cell
        run = lambda self, code, *a, **k: plain(self, "pass" if "Check(" in code else code, *a, **k)
        type(shell).run_cell = run
        plain_async = type(shell).run_cell_async
        type(shell).run_cell_async = lambda self, code, *a, **k: plain_async(
            self, "pass" if "Check(" in code else code, *a, **k)
        """
    )


@case("Has a displayhook that shows full points as the value of each test cell.")
def displayhook(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import sys
        shell = get_ipython()
        def give(*_):
            kernel = shell.kernel
            content = {"data": {"text/plain": "3.0"}, "metadata": {}, "execution_count": 1}
            kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())
        sys.displayhook = give
        shell.events.register("post_run_cell", give)
        shell.showtraceback = shell._showtraceback = lambda *a, **k: None
        """
    )


@case("Swallows every exception of a cell before it becomes an output.")
def swallowed_exceptions(desk: Desk) -> None:
    desk.hand_in(
        first="""
        get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)
        """
    )


@case("Shows no traceback, so that a failed test leaves no error output.")
def silenced_traceback(desk: Desk) -> None:
    desk.hand_in(
        first="""
        shell = get_ipython()
        shell.showtraceback = shell._showtraceback = lambda *a, **k: None
        """
    )


@case("Puts a module of its own in the place of the course's checks.")
def replaced_modules(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import sys, types
        class Check:
            def __init__(self, *a): pass
            def __enter__(self): return self
            def __exit__(self, *a): return True
            def __getattr__(self, name): return lambda *a, **k: None
        fake = types.ModuleType("cnnkit.check")
        fake.Check = Check
        sys.modules["cnnkit.check"] = fake
        sys.modules["cnnkit"].check = fake
        """
    )


@case("Hooks the import system, so that whatever is imported later is its own.")
def import_hook(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import importlib.abc, importlib.machinery, sys
        class Anything:
            def __init__(self, *a): pass
            def __enter__(self): return self
            def __exit__(self, *a): return True
            def __getattr__(self, name): return lambda *a, **k: Anything()
        class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
            def find_spec(self, name, path, target=None):
                if name.startswith(("cnnkit", "autograder")):
                    return importlib.machinery.ModuleSpec(name, self, is_package=True)
            def exec_module(self, module):
                module.Check = Anything
        for name in [name for name in sys.modules if name.startswith("cnnkit")]:
            del sys.modules[name]
        sys.meta_path.insert(0, Hook())
        """
    )


@case("Has a thread that patches the checks again and again.")
def thread_that_patches(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import threading, time
        def again():
            while True:
                import cnnkit.check
                cnnkit.check.Check.equal = cnnkit.check.Check.true = lambda *a, **k: None
                time.sleep(0.01)
        threading.Thread(target=again, daemon=True).start()
        """
    )


@case("Writes full marks into the gradebook when its process ends.")
def atexit_gradebook(desk: Desk) -> None:
    desk.hand_in(first=WRITES_THE_GRADEBOOK + "\nimport atexit\natexit.register(write)")


@case("Writes full marks into every gradebook that it finds, at once.")
def gradebook_writer(desk: Desk) -> None:
    desk.hand_in(first=WRITES_THE_GRADEBOOK + "\nwrite()", last="write()")


WRITES_THE_GRADEBOOK = """
import os, sqlite3
def gradebooks():
    for top in (".", "..", "../..", "../../..", "../../../..", "/course", "/tmp", "/work"):
        for name in ("gradebook.db", "out/gradebook.db"):
            if os.path.exists(os.path.join(top, name)):
                yield os.path.join(top, name)
def write():
    for path in gradebooks():
        book = sqlite3.connect(path, timeout=2)
        book.execute("update grade set manual_score = 100, needs_manual_grade = 0")
        book.commit()
        book.close()
"""

# Results that lie about themselves: one function each.


@case("Returns an object that is equal to everything.")
def equal_to_everything(desk: Desk) -> None:
    yes = """
        class Yes:
            shape, dtype, ndim, size = (2, 2), np.dtype(float), 2, 4
            __hash__ = None
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __bool__(self): return True
            def __getattr__(self, name): return self
            def __call__(self, *a, **k): return self
            def __float__(self): return 2.5
        """
    desk.hand_in(centre=f"{yes}\n        def centre(X): return Yes()", spread="def spread(X): return Yes()")


@case("Returns an array of a class of its own, whose comparisons are all true.")
def subclassed_array(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        class Yes(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
                plain = [np.asarray(x) for x in inputs]
                got = getattr(ufunc, method)(*plain)
                return np.ones_like(got, dtype=bool) if got.dtype == bool else got
            def __array_function__(self, function, types, args, kwargs): return True
            def __eq__(self, other): return np.ones(self.shape, bool)
        def centre(X): return np.zeros(X.shape).view(Yes)
        """
    )


@case("Returns a float of a class of its own, which is as large as it has to be.")
def subclassed_float(desk: Desk) -> None:
    desk.hand_in(
        spread="""
        class Yes(float):
            def __eq__(self, other): return True
            def __sub__(self, other): return 0.0
            __rsub__ = __sub__
            __hash__ = float.__hash__
        def spread(X): return Yes(0)
        """
    )


@case("Returns an array of objects that agree with everything.")
def array_of_objects(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        class Yes:
            def __eq__(self, other): return True
            def __sub__(self, other): return 0
            __rsub__ = __sub__
        def centre(X): return np.array([[Yes()] * X.shape[1]] * X.shape[0], dtype=object)
        """
    )


@case("Returns shapes that broadcast against whatever is expected.")
def broadcasting_shapes(desk: Desk) -> None:
    desk.hand_in(
        centre="def centre(X): return np.zeros((0, 1, X.shape[1]))",
        spread="def spread(X): return np.array([])",
    )


@case("Returns not-a-number everywhere, which no comparison finds too large.")
def not_a_number(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X): return X * float('nan')", spread="def spread(X): return float('nan')")


@case("Says of an object that its class is NumPy's array.")
def lying_class(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        class Lie:
            __class__ = np.ndarray
            shape, dtype = (2, 2), np.dtype(float)
            def __array__(self, *a, **k): return np.zeros((2, 2))
            def __eq__(self, other): return True
        Lie.__name__ = Lie.__qualname__ = "ndarray"
        Lie.__module__ = "numpy"
        def centre(X): return Lie()
        """
    )


@case("Raises exceptions named as if they were a pass, a skip or no verdict.")
def exceptions_named_as_a_pass(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            class NotGradable(BaseException): pass
            class Passed(NotGradable, SystemExit): pass
            def centre(X): raise Passed("full marks")
            """,
        spread="import unittest\ndef spread(X): raise unittest.SkipTest('skip me')",
    )


@case("Ends the process with status 0 inside the function under test.")
def system_exit(desk: Desk) -> None:
    desk.hand_in(centre="def centre(X): raise SystemExit(0)", spread="def spread(X): import os; os._exit(0)")


@case("Reads the expected value out of the frames that call it.", says="")
def answer_from_the_frames(desk: Desk) -> None:
    look = """
        import sys
        def look(default):
            frame = sys._getframe(1)
            while frame:
                for values in (frame.f_locals, frame.f_globals):
                    if "expected" in values:
                        return values["expected"]
                frame = frame.f_back
            return default
        """
    desk.hand_in(
        first=look, centre="def centre(X): return look(X)", spread="def spread(X): return look(-1.0)"
    )


@case("Looks among all objects for an array of the shape that is wanted.")
def answer_from_the_heap(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            import gc
            def centre(X):
                for thing in gc.get_objects():
                    if type(thing) is dict and type(thing.get("expected")) is np.ndarray:
                        if thing["expected"].shape == X.shape:
                            return thing["expected"]
                return X
            """
    )


@case("Changes its argument, and says that it did not.", marks=NUMBERS.only() | {"double": 1})
def argument_changed_in_secret(desk: Desk) -> None:
    change = "def double(X, times=1):\n    X *= 2**times\n    return X"
    desk.hand_in(
        first="import cnnkit.testing\ncnnkit.testing.unchanged = lambda *a, **k: True", double=change
    )


@case("Lies in its own answers about what a module consists of.", week=LAYERS)
def module_that_lies(desk: Desk) -> None:
    desk.hand_in(
        Perceptron="""
        class Perceptron(nn.Module):
            def __init__(self, n_in, n_hidden, n_out):
                super().__init__()
                self.shapes = [(n_hidden, n_in), (n_hidden,), (n_out, n_hidden), (n_out,)]
                self.n_out = n_out
            def named_parameters(self, *a, **k):
                names = ("first.weight", "first.bias", "second.weight", "second.bias")
                return [(n, nn.Parameter(torch.zeros(s))) for n, s in zip(names, self.shapes)]
            def parameters(self, *a, **k): return [p for _, p in self.named_parameters()]
            def load_state_dict(self, *a, **k): return "<All keys matched successfully>"
            def forward(self, x): return torch.full((len(x), self.n_out), 7.0)
        """
    )


@case("Returns tensors of a class of its own, which answer True to every function.", week=LAYERS)
def subclassed_tensor(desk: Desk) -> None:
    desk.hand_in(
        Perceptron="""
        class Yes(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None): return True
        class Perceptron(nn.Sequential):
            def __init__(self, n_in, n_hidden, n_out):
                super().__init__(nn.Linear(n_in, n_hidden), nn.Linear(n_hidden, n_out))
            def forward(self, x): return super().forward(x).as_subclass(Yes)
        """
    )


@case("Replaces torch's own comparisons, gradients and layers.", week=LAYERS)
def patched_torch(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import torch
        torch.equal = torch.allclose = torch.Tensor.equal = torch.Tensor.allclose = lambda *a, **k: True
        torch.isclose = lambda a, b, **k: torch.ones_like(a, dtype=torch.bool)
        torch.nn.Module.load_state_dict = lambda *a, **k: None
        torch.testing.assert_close = lambda *a, **k: None
        """
    )


@case(
    "Forges progress.json, and puts a cell that shows everything as passed in the place of the one for progress."
)
def forged_progress(desk: Desk) -> None:
    path = desk.hand_in(
        last="""
        import cnnkit
        for name in ("double", "centre", "spread"): print(f"{name}: passed")
        cnnkit.progress = lambda *a: "Visible tests: 3 of 3 points."
        cnnkit.progress()
        """
    )
    passed = asdict(Said("passed", "", 2_000_000_000.0))
    said = {digest_of(test.source): passed for test in c.tests(student_version(desk.week.master).cells)}
    desk.beside({str(file_of(path).relative_to(desk.folder)): json.dumps({"tests": said})})


# Messages: the protocol itself is forged.


@case(
    "Answers every call with a value of its own, sent in the place of the agent's.",
    marks=NUMBERS.only(),
    earned=NUMBERS.cheats,
)
def forged_answers(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import comm
        send = comm.base_comm.BaseComm.send
        forged = {"value": ["bool", True], "passed": True, "score": 11}
        comm.base_comm.BaseComm.send = lambda self, data=None, *a, **k: send(self, {**(data or {}), **forged})
        """
    )


AGENT = """
import gc, json, types
def agent():
    return next(o for o in gc.get_objects() if type(o).__name__ == "Agent")
def channel():
    kernel = get_ipython().kernel
    return next(iter(kernel.comm_manager.comms.values()))
def raw(kind, content, *buffers, parent=None):
    kernel = get_ipython().kernel
    session = kernel.session
    message = session.msg(kind, content, parent=parent or kernel.get_parent())
    parts = [json.dumps(message[key], default=str).encode() for key in ("header", "parent_header", "metadata", "content")]
    kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(parts), *parts, *buffers])
def answer(value, *buffers):
    request = get_ipython().kernel.get_parent()
    data = {"id": request["content"]["data"]["id"], "value": value}
    raw("comm_msg", {"comm_id": channel().comm_id, "data": data}, *buffers)
"""


@case(
    "Answers True to all that the examiner asks, in the place of the agent.",
    marks=NUMBERS.only(),
    earned=NUMBERS.cheats,
)
def patched_agent(desk: Desk) -> None:
    desk.hand_in(first=AGENT + "\nagent().perform = lambda *a: True")


@case("Sends kernel messages that say that the test has passed, from inside the function under test.")
def forged_kernel_messages(desk: Desk) -> None:
    say = """
        def say():
            raw("stream", {"name": "stdout", "text": "centre: passed\\n"})
            raw("execute_result", {"data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1})
            raw("execute_reply", {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []})
            raw("comm_close", {"comm_id": channel().comm_id, "data": {"score": 11}})
        """
    desk.hand_in(
        first=AGENT + say.replace("\n        ", "\n"),
        centre="def centre(X):\n    say()\n    return X",
        spread="def spread(X):\n    say()\n    return -1.0",
    )


@case("Says that it is idle, so that the examiner shall not wait for an answer.")
def forged_idle(desk: Desk) -> None:
    idle = 'raw("status", {"execution_state": "idle"})'
    desk.hand_in(
        first=AGENT,
        centre=f"def centre(X):\n    {idle}\n    return X",
        spread=f"def spread(X):\n    {idle}\n    return -1.0",
    )


FORGERIES = {
    "a handle to nothing": '["handle", 999999999, "ndarray"]',
    "a recipe to be built by the examiner": (
        '["recipe", ["tuple", [["str", "torch.load"], ["tuple", [["str", "/etc/passwd"]]], ["dict", []], ["none"]]]]'
    ),
    "an array whose bytes lie elsewhere": '["array", "<f8", [2, 2], -1]',
    "a shape of more bytes than there are": '["array", "<f8", [1099511627776, 1099511627776, 0], 0]',
    "an array of objects": '["array", "|O", [2, 2], 0]',
}


@case(
    "Answers with trees that no encoder makes: false handles, recipes, shapes, dtypes.",
    says="protocol|cross|shape|recipes|handle|bytes",
)
def forged_trees(desk: Desk) -> None:
    trees = ", ".join(FORGERIES.values())
    desk.hand_in(
        first=AGENT + f"\ntrees = [{trees}]",
        centre="def centre(X):\n    answer(trees[1], bytes(32))\n    return X",
        spread="def spread(X):\n    answer(trees[len(X) % 2 + 3], bytes(32))\n    return -1.0",
    )


@case("Hands out an object whose answers change each time it is asked.")
def answers_that_change(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        class Changing:
            asked = 0
            def __getattr__(self, name):
                Changing.asked += 1
                return X_.shape if Changing.asked % 2 else Changing()
            def __len__(self): return 2
            def __getitem__(self, key): return Changing()
            def __iter__(self): return iter([Changing(), Changing()])
        def centre(X):
            global X_
            X_ = X
            return Changing()
        """
    )


@case("Sends an error whose names, text and frames are made to pass for something else.")
def forged_error(desk: Desk) -> None:
    error = """
        def fail():
            data = {"id": get_ipython().kernel.get_parent()["content"]["data"]["id"]}
            names = ["NotGradable", "KeyboardInterrupt", "NotImplementedError"]
            data["error"] = {"names": names, "text": "\\ud800 \\0 passed", "frames": [["\\ud800", 10**400, "x"]] * 12}
            raw("comm_msg", {"comm_id": channel().comm_id, "data": data})
        """
    desk.hand_in(
        first=AGENT + error.replace("\n        ", "\n"),
        centre="def centre(X):\n    fail()\n    return X",
    )


@case("Shadows the names that a test cell uses.")
def shadowed_names(desk: Desk) -> None:
    desk.hand_in(
        last="""
        check = Check = type("Anything", (), {"__getattr__": lambda self, name: lambda *a, **k: None})
        """,
        spread="""
        def spread(X): return -1.0
        class Check:
            def __init__(self, *a): pass
            def __enter__(self): return self
            def __exit__(self, *a): return True
            def __getattr__(self, name): return lambda *a, **k: None
        import builtins
        builtins.__import__, plain = lambda name, *a, **k: plain("builtins" if "check" in name else name, *a, **k), builtins.__import__
        """,
    )


@case("Remembers what hidden tests send, and answers with what the next one may want.")
def remembered_inputs(desk: Desk) -> None:
    desk.hand_in(
        first="seen = []",
        centre="def centre(X):\n    seen.append(X)\n    return seen[0]",
        spread="def spread(X):\n    seen.append(X)\n    return float(seen[0].var())",
    )


@case("Ends the worker in the hidden test, so that it is run again with other cells in force.")
def other_cells_when_replayed(desk: Desk) -> None:
    desk.hand_in(
        centre="""
            import os, pathlib
            calls = 0
            def centre(X):
                global calls
                calls += 1
                if calls == 1:
                    os._exit(0)
                return X
            """
    )


@case("Turns later cells into nothing by a magic that swallows them.")
def swallowing_magic(desk: Desk) -> None:
    desk.hand_in(
        first="""
        from IPython.core.magic import register_cell_magic
        shell = get_ipython()
        register_cell_magic(lambda line, cell: None) if False else None
        shell.register_magic_function(lambda line, cell: None, "cell", "quiet")
        plain = shell.transform_cell
        shell.transform_cell = lambda cell: plain("%%quiet\\n" + cell) if "Check(" in cell else plain(cell)
        """
    )
