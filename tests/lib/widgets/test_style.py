import asyncio
import base64
import doctest
import io
import re

import numpy as np
import pytest
from PIL import Image

from cnnkit.widgets import style, style_studio

PHOTO, OTHER, PAINTING = (np.full((6, 8, 3), shade, np.uint8) for shade in (10, 200, 90))
ASKED: list = []


def paint(content, style, *, content_layer, weights, beta, start, steps):
    """Remembers what it was asked for; each picture is darker by one."""
    ASKED.append((content, style, content_layer, weights, beta, start, steps))
    for step in range(1, steps + 1):
        yield step, content - np.uint8(step), 10.0 / step, 3.0


def studio(paint=paint, **options):
    given = {
        "content_layers": ["block4", "stem"],
        "starts": ["the photograph", "noise"],
        "steps": 3,
        **options,
    }
    contents, styles = {"dark": PHOTO, "light": OTHER}, {"grey": PAINTING, "noise": PHOTO}
    return style_studio(paint, contents, styles, {"stem": 1, "block1": 2}, **given)


def controls(made):
    rows = made.children[0].children
    return {control.description: control for row in rows for control in row.children}


def said(made):
    return re.sub("<[^>]+>", "", made.children[1].value)


def drawn(html):
    found = re.findall(r"<img alt='([^']+)' src='data:image/png;base64,([^']+)'", html.value)
    return {alt: np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for alt, data in found}


def pressed(made, *names, after=None):
    """What is said after each button, when what it set going has ended, or after so many pictures."""

    def waits():
        return made._task is not None and not made._task.done() and bar(made).value != after

    async def press():
        heard = []
        for name in names:
            controls(made)[name].click()
            await asyncio.sleep(0)
            while waits():
                await asyncio.sleep(0.001)
            heard.append(said(made))
        return heard

    return asyncio.run(press())


def bar(made):
    return made.children[0].children[-1].children[-1]


@pytest.fixture(autouse=True)
def nothing_asked():
    ASKED.clear()


def test_the_example_in_the_docstring():
    assert doctest.testmod(style).failed == 0


def test_it_paints_what_is_chosen_and_shows_the_last_picture_with_its_costs():
    made = studio(beta=7)
    assert said(made) == "Nothing is painted yet." and not ASKED
    assert pressed(made, "Paint") == ["Done after 3 steps."]
    ((content, painting, *others),) = ASKED
    assert content is PHOTO and painting is PAINTING
    assert others == ["block4", {"stem": 1, "block1": 2}, 7, "the photograph", 3]
    painted, given = made.children[2].children
    ((alt, picture),) = drawn(painted).items()
    assert alt == "The painting: dark, in the style of grey: step 3 of 3, content cost 3.33, style cost 3"
    assert np.array_equal(picture, PHOTO - np.uint8(3))
    assert (bar(made).value, bar(made).max) == (3, 3)
    assert [np.unique(one).tolist() for one in drawn(given).values()] == [[10], [90]]


def test_every_control_reaches_the_painter_and_the_given_pictures_follow_the_menus():
    made = studio()
    values = {"content": "light", "style": "noise", "start": "noise", "content layer": "stem"}
    values |= {"weight stem": 0, "weight block1": 5, "style counts": 9, "steps": 2}
    for name, value in values.items():
        controls(made)[name].value = value
    assert pressed(made, "Paint") == ["Done after 2 steps."]
    ((content, painting, *others),) = ASKED
    assert content is OTHER and painting is PHOTO
    assert others == ["stem", {"stem": 0, "block1": 5}, 9, "noise", 2]
    given = made.children[2].children[1]
    assert list(drawn(given)) == [
        "What is chosen: the content: light",
        "What is chosen: the style: noise",
    ]


def test_the_paintings_caption_names_what_it_was_made_from_whatever_is_chosen_since():
    made = studio()
    pressed(made, "Paint")
    controls(made)["content"].value = "light"
    ((alt, _),) = drawn(made.children[2].children[0]).items()
    assert alt.startswith("The painting: dark, in the style of grey: step 3 of 3")


def test_a_painting_ends_when_another_studio_is_made():
    async def again():
        first = studio(steps=1000)
        controls(first)["Paint"].click()
        while bar(first).value < 3:
            await asyncio.sleep(0.001)
        second = studio(steps=2)
        controls(second)["Paint"].click()
        await asyncio.wait([first._task, second._task])
        return said(first), said(second)

    first, second = asyncio.run(again())
    assert first.startswith("Stopped after ") and second == "Done after 2 steps."


def test_what_torch_cannot_do_is_told_in_its_own_words():
    def broken(*_, **others):
        raise NotImplementedError('"softmax" not implemented for Byte')

    (heard,) = pressed(studio(broken), "Paint")
    assert heard.endswith("NotImplementedError: &quot;softmax&quot; not implemented for Byte")


def test_what_is_not_written_yet_is_called_so():
    def stub(*_, **others):
        raise NotImplementedError

    (heard,) = pressed(studio(stub), "Paint")
    assert heard == "It went wrong after 0 steps: a function that this needs is not written yet"


def test_stop_ends_it_after_a_picture_and_keeps_that():
    made = studio(steps=1000)
    assert pressed(made, "Paint", "Stop", after=5) == ["Painting.", "Stopped after 5 of 1000 steps."]
    ((alt, picture),) = drawn(made.children[2].children[0]).items()
    assert "step 5 of 1000" in alt and np.array_equal(picture, PHOTO - np.uint8(5))


def test_stop_does_nothing_before_and_after():
    made = studio()
    assert pressed(made, "Stop", "Paint", "Stop") == ["Nothing is painted yet.", *["Done after 3 steps."] * 2]


def test_paint_begins_anew_where_it_painted():
    made = studio(steps=9)

    async def twice():
        controls(made)["Paint"].click()
        await asyncio.sleep(0.02)
        first = made._task
        controls(made)["Paint"].click()
        await asyncio.wait([first, made._task])
        return first is not made._task

    assert asyncio.run(twice()) and len(ASKED) == 2
    assert said(made) == "Done after 9 steps." and bar(made).value == 9


def test_what_goes_wrong_is_told():
    def broken(*_, **others):
        yield 1, PHOTO, 1.0, 1.0
        raise ValueError("a < b")

    made = studio(broken)
    (heard,) = pressed(made, "Paint")
    assert heard == "It went wrong after 1 steps: ValueError: a &lt; b"


def test_every_control_has_a_name_and_every_picture_words():
    made = studio()
    fields = [one for name, one in controls(made).items() if name]
    assert all(one.tooltip for one in fields) and len(fields) == 10
    assert len(drawn(made.children[2].children[1])) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": []}, "there is nothing to choose from for start"),
        ({"starts": [], "content_layers": []}, "there is nothing to choose from for start, content layer"),
    ],
)
def test_nothing_to_choose_from_is_named(options, message):
    with pytest.raises(ValueError) as error:
        studio(**options)
    assert str(error.value) == message
