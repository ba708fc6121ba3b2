"""What axe-core finds wrong with a page, without what is Streamlit's own."""

from __future__ import annotations

from collections.abc import Mapping

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")

STREAMLITS_OWN: Mapping[str, str] = {
    # The drop zone of st.file_uploader is a section with both a role "presentation" and a name.
    "presentation-role-conflict": '[data-testid="stFileUploaderDropzone"]',
}
"""Rule → the elements for which it is not asked: they are Streamlit's, and the page cannot change them."""

RUN_JS = """async theirs => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], iframes: false });
  return violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !(id in theirs && document.querySelector(target[0])?.matches(theirs[id])))
    .map(({ html, any, all, none }) =>
      [id, html.slice(0, 160), [...any, ...all, ...none][0]?.message].join(" ")));
}"""


def violations(page: Page) -> list[str]:
    """Runs axe where nothing of the page moves any more; one line for each element that breaks a rule."""
    page.wait_for_function(
        "() => document.getAnimations().every(a => a.playState !== 'running' "
        "|| a.effect.getComputedTiming().iterations === Infinity)"
    )
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN_JS, STREAMLITS_OWN)
    return found
