"""Cells of hostile notebooks, named after what they try."""

CHEATS = {
    "patches numpy.testing and allclose": """
import numpy as np, torch
np.testing.assert_allclose = lambda *a, **k: None
np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)
np.allclose = torch.allclose = torch.equal = lambda *a, **k: True
""",
    "patches cnnkit": """
import cnnkit.check, cnnkit.testing
cnnkit.check.Check.equal = cnnkit.check.Check.true = lambda *a, **k: None
cnnkit.check._difference = lambda *a, **k: None
cnnkit.testing.unchanged = lambda *a, **k: True
""",
    "patches builtins": """
import builtins
builtins.AssertionError = SystemExit
builtins.all = builtins.any = lambda x: True
""",
    "patches the agent": """
import gc
import autograder.worker as w
for one in [w.Agent, *(type(o) for o in gc.get_objects() if type(o).__name__ == 'Agent')]:
    one.perform = lambda *a: True
""",
    "an input transformer strips asserts": """
import ast
class Strip(ast.NodeTransformer):
    def visit_With(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Strip())
""",
    "a thread that redefines": """
import threading, time
def again():
    while True:
        time.sleep(.01)
        globals()['check'] = type('C', (), {'equal': lambda *a, **k: None})()
threading.Thread(target=again, daemon=True).start()
""",
    "a forged reply to every call": """
import comm
send = comm.base_comm.BaseComm.send
forged = {'value': ['bool', True], 'passed': True}
comm.base_comm.BaseComm.send = lambda self, data=None, *a, **k: send(self, {**(data or {}), **forged})
""",
}

LIARS = {
    "equal to everything": """
class Yes:
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    def __bool__(self): return True
    def __getattr__(self, n): return self
    def __call__(self, *a, **k): return self
    def __array__(self, *a, **k): return __import__('numpy').zeros(3)
    shape = (3,)
    __hash__ = None
def swish(x): return Yes()
""",
    "a tensor that says yes": """
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, f, types, args=(), kwargs=None):
        return True
def swish(x): return torch.zeros(7).as_subclass(Yes)
""",
    "a float that says yes": """
class Yes(float):
    def __eq__(self, o): return True
def swish(x): return Yes()
""",
    "a broadcasting shape": """
def swish(x): return torch.zeros(1)
""",
    "not a number": """
def swish(x): return x * float('nan')
""",
    "an exception named as a pass": """
def swish(x):
    class NotGradable(BaseException): pass
    raise NotGradable('full marks')
""",
    "a skip": """
import unittest
def swish(x): raise unittest.SkipTest('skip me')
""",
    "system exit": """
def swish(x): raise SystemExit(0)
""",
}

SPIES = {
    "the process's own memory": """
import re
found = 0
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb') as memory:
    for line in maps:
        begin, end = (int(n, 16) for n in line.split()[0].split('-'))
        if 'rw' in line.split()[1] and end - begin < 2**28:
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue
            found += sum(data[m.end():m.end() + 9] == b' of swish' for m in re.finditer(b'the gradient', data))
print('LEAK' if found else 'clean')
""",
    "files": """
import os
hits = []
for top, folders, files in os.walk('/'):
    skipped = ('/proc', '/sys', '/usr', '/dev')
    folders[:] = [f for f in folders if os.path.join(top, f) not in skipped and f != 'site-packages']
    hits += [f for f in files if f in ('gradebook.db', '.autograder-secret')]
    hits += [f for f in files if f == 'models.py' and 'week1' in top]
print('LEAK' if hits else 'clean', hits)
""",
    "environment and arguments": """
import os, sys
text = repr(dict(os.environ)) + repr(sys.argv) + open('/proc/1/cmdline').read()
print('LEAK' if 'secret' in text or 'course' in text.lower().replace('autograder', '') else 'clean', text)
""",
}
