"""The pages' HTML, from Jinja2 templates: the one place that renders it.

A template lies in the ``templates`` folder of the part of the app that uses it and is named by both:
``photo/face.html`` is ``ui/photo/templates/face.html``. Every value is escaped, so what somebody typed is
shown as typed; what ``render`` returned goes into another template as it is. A name that a template is not
given is an error, never an empty place.

The layout of a template is not in what it renders: a line break between two tags is dropped with its
indentation, any other becomes one space. The same values give the same bytes, so a card that is playing stays
as it is while the page around it is drawn again (see ``ui.look.cards``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from content.types import Kind
from emotion.labels import Emotion, label_of
from ui.look import words

__all__ = ["Markup", "render"]

_UI: Final = Path(__file__).parents[1]
_BETWEEN_TAGS: Final = re.compile(r"(?:(?<=>)|(?<=[%#]\}))\s*\n\s*(?=<|\{[%#])")
_LINE_BREAK: Final = re.compile(r"\s*\n\s*")


class _Templates(BaseLoader):
    """Templates beside the parts of the app that use them, without their own layout."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """See ``BaseLoader``."""
        part, _, name = template.partition("/")
        path = _UI / part / "templates" / name
        try:
            source = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise TemplateNotFound(template) from error
        return _LINE_BREAK.sub(" ", _BETWEEN_TAGS.sub("", source)), str(path), lambda: True


def _expression(mood: Emotion | None) -> str:
    return words.EXPRESSIONS[mood]


def _kind(slot: Kind) -> str:
    return words.KINDS[slot]


_environment: Final = Environment(
    loader=_Templates(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.filters.update(
    label=label_of,
    expression=_expression,
    percent=words.percent,
    chance=words.chance,
    number=words.number,
    thousands=words.thousands,
    per_hundred=words.per_hundred,
    counted=words.counted,
    duration=words.duration,
    clip_time=words.clip_time,
    sentence=words.sentence,
    sureness=words.sureness,
    pleasantness=words.pleasantness,
    energy=words.energy,
    kind=_kind,
)


def render(template: str, **values: object) -> Markup:
    """A template with its values.

    Args:
        template: part of the app and name, such as ``photo/face.html``.
        values: what the template names; text is escaped, ``Markup`` is not.
    """
    return Markup(_environment.get_template(template).render(**values))  # noqa: S704 (the template has escaped)
