from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
import streamlit as st

from content.bootstrap import read_starter_catalog
from content.themes import FONTS, PART_CONTRAST, TEXT_CONTRAST, check_theme, contrast_ratio, gradient, mix
from content.types import Kind, ThemeColors
from emotion.labels import EMOTIONS, label_of
from ui.look import theming

ROOT = Path(__file__).resolve().parents[3]


def test_every_colour_of_a_theme_reaches_the_page() -> None:
    names = [f.name for f in fields(ThemeColors) if f.name != "font"]
    colors = ThemeColors(**{name: f"#0000{i:02x}" for i, name in enumerate(names)})
    css = theming.theme_css(colors)
    for i in range(len(names)):
        assert f"#0000{i:02x};" in css


def test_every_font_of_a_theme_is_known() -> None:
    assert set(theming.FONTS) == set(FONTS)
    for name in FONTS:
        assert theming.FONTS[name] in theming.theme_css(replace(theming.DEFAULT_THEME, font=name))


def test_the_browser_is_told_whether_a_theme_is_dark() -> None:
    assert "color-scheme:light" in theming.theme_css(theming.DEFAULT_THEME)
    assert "color-scheme:dark" in theming.theme_css(replace(theming.DEFAULT_THEME, background="#101418"))


def test_the_sheet_survives_the_page_s_sanitizer() -> None:
    """DOMPurify throws a style element away when its text could begin a tag."""
    assert not re.search(r"<[/\w!]", theming._sheet())


def test_every_property_the_sheet_uses_is_set() -> None:
    sheet = theming._sheet()
    used = set(re.findall(r"var\((--at-[\w-]+)", sheet))
    made = set(re.findall(r"(--at-[\w-]+)\s*:", sheet + theming.theme_css(theming.DEFAULT_THEME)))
    assert used <= made


def test_every_property_of_the_camera_s_frame_is_copied_into_it() -> None:
    watch = (ROOT / "ui" / "live" / "camera_watch.js").read_text(encoding="utf-8")
    copied = set(re.findall(r'"([\w-]+)"', watch.split("WORN = [")[1].split("]")[0]))
    assert set(re.findall(r"var\(--at-([\w-]+)", theming.own_sheet("camera_frame"))) <= copied


def test_all_css_is_in_the_sheets() -> None:
    """The look has one home: no style rules in pages or other modules."""
    for path in [*ROOT.glob("pages/*.py"), *ROOT.glob("ui/**/*.py"), ROOT / "streamlit_app.py"]:
        if path.name != "theming.py":
            assert "<style" not in path.read_text(encoding="utf-8"), path


def test_every_theme_of_the_starter_catalog_is_readable() -> None:
    themes = [item for item in read_starter_catalog() if item.kind is Kind.THEME]
    assert len(themes) >= 8
    for item in themes:
        assert item.colors is not None
        assert check_theme(item.colors) == [], item.item_id


def test_streamlit_runs_without_collecting_garbage_after_each_tick() -> None:
    assert st.get_option("runner.postScriptGC") is False


# --- contrast: what the sheets really paint ---------------------------------------------------------------

MOODS = [label_of(mood) for mood in (*EMOTIONS, None)]
THEMES = {item.item_id: item.colors for item in read_starter_catalog() if item.colors is not None}
THEMES["own"] = theming.DEFAULT_THEME
TEXTS = [
    ("var(--at-text)", "var(--at-soft)"),  # chips, navigation, options, buttons under the pointer
    ("var(--at-text)", ".at-thumb"),
    ('[data-testid="stPageLink-NavLink"]:hover :is(p, span)', '[data-testid="stPageLink-NavLink"]:hover'),
    (".at-facenumber", ".at-facenumber"),
    (".at-wordcover", ".at-wordcover"),
    (".at-action", ".at-action"),
    (".at-tag", ".at-tag"),
    (".at-bar-value", "var(--at-surface)"),
    (".at-missing", ".at-frame"),
    (".at-missing", ".at-thumb"),
    *(("var(--at-text)", f".at-coverage td|{mood}") for mood in MOODS),
]
PARTS = [
    (f"var(--mood)|{mood}", behind)
    for mood in MOODS
    for behind in ("var(--at-surface)", ".at-bar-track", ".at-cell-bar", "page")
] + [("var(--at-line)", "var(--at-surface)")]


def rule(selector: str) -> dict[str, str]:
    """What the sheets say for exactly that selector; a later rule adds to an earlier one."""
    found: dict[str, str] = {}
    for body in re.findall(rf"(?:^|[}}/])\s*{re.escape(selector)}\s*\{{([^}}]*)\}}", theming._sheet()):
        pairs = (part.split(":", 1) for part in body.split(";") if ":" in part)
        found |= {name.strip(): value.removesuffix("!important").strip() for name, value in pairs}
    assert found, selector
    return found


def painted(css: str, theme: ThemeColors, mood: str) -> str:
    """A colour of the sheets as the browser paints it in that theme."""
    if re.fullmatch("#[0-9a-f]{6}", css):
        return css
    if mixed := re.fullmatch(r"color-mix\(in srgb, (.+) (\d+)%, (.+)\)", css):
        one, share, other = mixed.groups()
        return mix(painted(other, theme, mood), painted(one, theme, mood), int(share) / 100)
    variable = re.fullmatch(r"var\((--[\w-]+)(, .+)?\)", css)
    assert variable, css
    name = variable[1]
    own = dict(re.findall(r"(--[\w-]+):([^;]+);", theming.theme_css(theme)))
    made = (
        rule(f'[data-mood="{mood}"]')
        if name == "--mood"
        else own | {k: v for k, v in rule(":root").items() if k in {"--at-soft", "--at-line"}}
    )
    return painted(made[name], theme, mood)


def least(front: str, behind: str, theme: ThemeColors) -> float:
    front, _, mood = front.partition("|")
    behind, _, mood_behind = behind.partition("|")
    mood = mood or mood_behind
    ink = painted(front if front.startswith("var(") else rule(front)["color"], theme, mood)
    if behind == "page":
        return min(contrast_ratio(ink, ground) for ground in gradient(theme))
    ground = painted(behind if behind.startswith("var(") else rule(behind)["background"], theme, mood)
    return contrast_ratio(ink, ground)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_the_sheets_paint_can_be_read_in_every_theme(theme: ThemeColors) -> None:
    """WCAG AA: 4.5:1 for words, 3:1 for what is part of a picture."""
    ratios = [
        (least(*pair, theme), needed, pair)
        for pairs, needed in ((TEXTS, TEXT_CONTRAST), (PARTS, PART_CONTRAST))
        for pair in pairs
    ]
    assert [each for each in ratios if each[0] < each[1]] == []
