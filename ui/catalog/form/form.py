"""One item in a form: what it shows, whom it is for, when; beside it the page as viewers will see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from content.bootstrap import Content
from content.catalog.editing import parse_item
from content.errors import ItemInvalidError
from content.types import Audience, CatalogItem, Framing, Kind, Pacing, Region, Schedule, Status, ThemeColors
from emotion.labels import Emotion
from ui.catalog.focus import go_to
from ui.catalog.form.conflict import show_conflict
from ui.catalog.form.fields import ChosenAsset, asset_fields, show_errors, words_fields
from ui.catalog.form.framing import framing_fields
from ui.catalog.form.kept import is_kept, keep, show_kept
from ui.catalog.form.preview import show_preview
from ui.catalog.form.rules import audience_fields, pacing_fields, schedule_fields
from ui.catalog.form.save import Intent, begin, discard_draft, save
from ui.catalog.form.tags import tags_field
from ui.catalog.form.theme import color_fields
from ui.catalog.half_typed import half_typed
from ui.catalog.leaving import guard_leaving
from ui.catalog.merge import clashes
from ui.catalog.problems import error_html
from ui.catalog.state import EditorState, OpenForm
from ui.catalog.words import STATUS_NAMES, field_name, when_words
from ui.look.html import render
from ui.look.words import KINDS, counted, moment

ZONE_OF_RECORDS: Final = ZoneInfo("UTC")
BACK, DUPLICATE, HISTORY = "Back to the catalog", "Duplicate", "History"
SHOWS, WHOM, WHEN = "What it shows", "Whom it is for", "When and how often"
RULES: Final = (
    "targets",
    "region",
    "min_confidence",
    "audience",
    "weight",
    "schedule",
    "frequency_cap",
    "daily_cap",
    "pacing",
)
_TO_THE_TOP: Final = (
    "<script>/* SEEN */ document.querySelector('[data-testid=\"stMain\"]').scrollTo({top: 0})</script>"
)
_WHOM: Final = ("targets", "region", "min_confidence", "audience")


def show_form(content: Content, editor: EditorState, form: OpenForm, tags: Sequence[str]) -> None:
    """The whole form; publishing, drafts, copies, putting away and going back included.

    Args:
        content: the catalog.
        editor: whose form it is.
        form: to show.
        tags: those that are in use.
    """
    if not form.begun:
        begin(content, editor, form)
    current = content.catalog().get(form.base.item_id) if form.base else None
    if form.base and form.conflict is None and current and current.version != form.base.version:
        form.conflict = current
    # A form and a conflict begin at the top of the page. The browser runs this once for each, as it stays the
    # same afterwards.
    seen = f"form {form.form_id}{' conflict' if form.conflict else ''}"
    st.html(_TO_THE_TOP.replace("SEEN", seen), unsafe_allow_javascript=True)
    go_to('[data-testid="form-title"]', serial=f"form {form.form_id}", scroll="nearest")
    # Before there is a field to type into.
    guard = st.empty()
    guard_leaving(guard, unsaved=form.at_risk, typing=True)
    head, conflict = st.container(), st.container()
    fields, preview = st.columns([1.15, 1], gap="large")
    with fields:
        data, chosen = _fields(content, form, tags)
        item, rules = _as_item(form, data, chosen), None if form.unfinished else _rules_of(data)
        stored = form.draft.item if form.draft else form.base or form.blank or form.seed
        changed = bool(form.unfinished or clashes(stored, stored, replace(item, status=stored.status)))
        keep(content, editor, form, item, chosen, changed=changed)
        form.at_risk = changed and not is_kept(form)
        with head:
            _show_head(content, editor, form)
        if form.conflict is None:
            _show_buttons(content, editor, form, data, chosen)
    guard_leaving(guard, unsaved=form.at_risk, typing=True)
    with preview, st.container(key="panel-preview"):
        _show_summary(rules)
        looks = CatalogItem(item.item_id, item.kind, item.title)
        show_preview(content, form, _dressed(rules or looks, item), chosen)
    if form.conflict is not None:
        with conflict:
            show_conflict(editor, form, item, chosen)


# -- head -----------------------------------------------------------------------------------------------


def _show_head(content: Content, editor: EditorState, form: OpenForm) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="form-head"):
        ways = {BACK: ":material/arrow_back:"}
        if form.base is not None:
            ways |= {DUPLICATE: ":material/content_copy:", HISTORY: ":material/history:"}
        for way, icon in ways.items():
            if st.button(way, icon=icon, key=form.key(f"leave-{way}")):
                form.leaving = way
        if form.base is not None and st.button("Delete", icon=":material/delete:", key=form.key("delete")):
            editor.asking = (form.base,)
            st.rerun()
    if form.leaving and not form.at_risk:
        _leave(editor, form)
    if form.leaving:
        with st.container(horizontal=True, vertical_alignment="center", key="form-leaving"):
            st.html(
                '<p class="at-text" role="alert"><b>Not saved yet.</b> What you changed would be lost.</p>'
            )
            if st.button("Leave without saving", key=form.key("leave")):
                _leave(editor, form)
            if st.button("Stay here", type="primary", key=form.key("stay")):
                form.leaving = ""
                st.rerun()
    if form.draft is not None:
        when = moment(form.draft.saved_at_utc, ZONE_OF_RECORDS, with_zone=True)
        with st.container(horizontal=True, vertical_alignment="center", key="form-draft"):
            st.html(render("catalog/working_draft.html", when=when, author=form.draft.author))
            if st.button("Discard the draft", icon=":material/undo:", key=form.key("discard")):
                discard_draft(content, editor, form)


def _leave(editor: EditorState, form: OpenForm) -> None:
    base = form.base
    if base is not None and form.leaving == DUPLICATE:
        editor.open_copy(base)
    elif base is not None and form.leaving == HISTORY:
        editor.show_history_of(base.item_id)
    else:
        editor.close_form()
    st.rerun()


# -- fields ---------------------------------------------------------------------------------------------


def _fields(content: Content, form: OpenForm, in_use: Sequence[str]) -> tuple[dict[str, Any], ChosenAsset]:
    """Draw the fields; returns what they hold, as ``content.catalog.editing`` takes it, and the file."""
    seed = form.seed
    form.unfinished = {}
    form.half = half_typed(form.key(""))
    with st.container(key=f"panel-main-{form.form_id}"):
        kind = _kind(form)
        title = st.text_input(
            "Title",
            seed.title,
            key=form.key("title"),
            help="For editors; viewers see the headline.",
            persist_state="session",
        )
        show_errors(form, "title", "item_id", "kind", "status", "")
        tags = tags_field(form, in_use)
    data: dict[str, Any] = {
        "item_id": form.base.item_id if form.base else "new",
        "kind": kind,
        "status": form.base.status if form.base else Status.DRAFT,
        "title": title,
        "headline": seed.headline,
        "body": seed.body,
        "credit": seed.credit,
        "alt_text": seed.alt_text if kind is not Kind.THEME else "",
        "call_to_action": "",
        "link_url": "",
        "asset": None,
        "framing": asdict(seed.framing),
        "colors": None,
        "tags": tags,
    }
    chosen = ChosenAsset(None)
    with st.container(key=f"panel-tabs-{form.form_id}"):
        shows, whom, when = st.tabs([SHOWS, WHOM, WHEN], key=form.key("tabs"))
        with shows:
            if kind is Kind.THEME:
                data["colors"] = color_fields(form)
            else:
                chosen, data["alt_text"] = asset_fields(content, form, kind)
                data["framing"] = framing_fields(content, form, chosen)
                data |= words_fields(form, kind)
                data["asset"] = asdict(chosen.asset) if chosen.asset else None
        with whom:
            data |= audience_fields(form)
        with when:
            st.html('<p class="at-eyebrow">When it may show</p>')
            data["schedule"] = schedule_fields(form)
            st.html('<p class="at-eyebrow">How often and how long</p>')
            data |= pacing_fields(form)
    return data, chosen


def _kind(form: OpenForm) -> Kind:
    st.html(render("catalog/formtitle.html", title=form.base.title if form.base else ""))
    if form.base is not None:
        facts = (KINDS[form.base.kind], STATUS_NAMES[form.base.status], form.base.item_id)
        st.html(render("catalog/facts.html", facts=facts))
        return form.base.kind
    picked: Kind = st.segmented_control(
        "Kind",
        list(Kind),
        default=form.seed.kind,
        required=True,
        format_func=KINDS.__getitem__,
        key=form.key("kind"),
        persist_state="session",
    )
    return picked


def _as_item(form: OpenForm, data: Mapping[str, Any], chosen: ChosenAsset) -> CatalogItem:
    """The fields as an item, whether they keep the rules or not: to compare it and to look at it."""
    fields: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in data.items()
    }
    fields |= {"kind": data["kind"], "status": data["status"], "audience": Audience(data["audience"])}
    fields["targets"] = {Emotion(e): share for e, share in data["targets"].items() if share > 0}
    fields["region"] = Region(**data["region"]) if data["region"] else None
    fields["schedule"] = Schedule(**data["schedule"])
    fields["pacing"] = Pacing(**data["pacing"])
    fields["asset"] = chosen.asset
    fields["framing"] = Framing(**data["framing"])
    fields["colors"] = ThemeColors(**data["colors"]) if data["colors"] else None
    return CatalogItem(version=form.base.version if form.base else 1, **fields)


def _rules_of(data: Mapping[str, Any]) -> CatalogItem | None:
    """An item with these rules and nothing else; None while they need a change."""
    try:
        return parse_item(
            {
                "item_id": "rules",
                "kind": data["kind"],
                "status": Status.DRAFT,
                "title": "Rules",
                **{name: data[name] for name in RULES},
            }
        )
    except ItemInvalidError:
        return None


def _dressed(rules: CatalogItem, item: CatalogItem) -> CatalogItem:
    """The looks of an item with rules that can be followed."""
    return replace(item, title=item.title or "Untitled", **{name: getattr(rules, name) for name in RULES})


def _show_summary(rules: CatalogItem | None) -> None:
    words = when_words(rules) if rules else "Some of its rules need a change first."
    st.html(render("catalog/when.html", words=words))


# -- saving ---------------------------------------------------------------------------------------------


def _show_buttons(
    content: Content, editor: EditorState, form: OpenForm, data: Mapping[str, Any], chosen: ChosenAsset
) -> None:
    intent: Intent | None = None
    bar = st.container(horizontal=True, key="form-buttons")
    # Why something was not saved stands in the bar, which is always in view: the field may be on another tab.
    with bar:
        if form.errors:
            st.html(error_html(_errors_words(form.errors), "not-saved"), width="stretch")
        if st.button("Publish", type="primary", icon=":material/publish:", key=form.key("publish")):
            intent = Intent.PUBLISH
        if st.button(
            "Save as draft",
            icon=":material/edit_note:",
            key=form.key("draft"),
            help="Kept for editors; viewers do not see it.",
        ):
            intent = Intent.DRAFT
        archivable = form.base is not None and form.base.status is not Status.ARCHIVED
        if archivable and st.button(
            "Archive",
            icon=":material/archive:",
            key=form.key("archive"),
            help="Put away: kept for editors, no longer shown.",
        ):
            intent = Intent.ARCHIVE
        show_kept(content, editor, form)
    if intent is not None:
        with bar:
            save(content, editor, form, data, chosen, intent)


def _errors_words(errors: Mapping[str, list[str]]) -> str:
    """What was refused, and on which of the three tabs it is."""
    number = sum(max(1, len(messages)) for messages in errors.values())
    places = dict.fromkeys(f"{field_name(place)} (“{_tab(place)}”)" for place in errors)
    what = counted(number, "field needs", "fields need")
    return f"Not saved: {what} a change: {', '.join(places)}."


def _tab(place: str) -> str:
    top = place.split(".")[0]
    if top in _WHOM:
        return WHOM
    return WHEN if top in RULES else SHOWS
