"""Templates: what somebody typed is text, layout is not in what they render, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError, meta

from ui.look import html
from ui.look.html import Markup, render

UI = Path(html.__file__).parents[1]
TEMPLATES = sorted(UI.glob("*/templates/*.html"))
NAMES = [f"{path.parts[-3]}/{path.name}" for path in TEMPLATES]


def rendered(source: str, **values: object) -> str:
    laid_out = html._LINE_BREAK.sub(" ", html._BETWEEN_TAGS.sub("", source.strip()))
    return html._environment.from_string(laid_out).render(**values)


def test_what_somebody_typed_is_text_and_what_was_rendered_stays_html() -> None:
    evil = "<script>alert('x')</script>\""
    once = render("look/empty_card.html", kind=_Kind(), text=evil)
    assert "<script" not in once
    assert "&lt;script&gt;" in once
    assert rendered("<p>{{ inner }}</p>", inner=once) == f"<p>{once}</p>"
    assert rendered('<p title="{{ text }}">', text=evil).count('"') == 2


class _Kind:
    value = "ad"


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("look/heading.html", title="Photo")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>\n", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>one\n  two</p>", "<p>one two</p>"),
        ("<p>one\n  <b>two</b></p>", "<p>one <b>two</b></p>"),
        ("<b>{{ x }}</b>\n{% if x %}\n<i>y</i>\n{% endif %}", "<b>1</b><i>y</i>"),
        ("<p>{{ x }}\n{{ x }}</p>", "<p>1 1</p>"),
        ("{# note #}\n<p></p>", "<p></p>"),
    ],
)
def test_the_layout_of_a_template_is_not_in_what_it_renders(source: str, expected: str) -> None:
    assert rendered(source, x=1) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    assert html._environment.get_template(name)


def test_every_template_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in UI.rglob("*.py")]
    used = set(re.findall(r'"([a-z]+/[a-z_]+\.html)"', "\n".join(sources)))
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        used |= {name for name in meta.find_referenced_templates(html._environment.parse(source)) if name}
    assert used == set(NAMES)


def test_no_template_takes_a_value_as_html() -> None:
    for path in TEMPLATES:
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text(encoding="utf-8")), path


def test_markup_is_what_streamlit_takes() -> None:
    assert isinstance(render("look/heading.html", title="a", text="b"), Markup)
    assert isinstance(Markup(""), str)
