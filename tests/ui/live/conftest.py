"""The live socket's server of a file of tests, and a page that it knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.live.site import Site
from ui.live.link import Link


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.stop()


@pytest.fixture
def link(site: Site) -> Iterator[Link]:
    link = Link()
    site.links.admit(link)
    yield link
    site.links.dismiss(link)
