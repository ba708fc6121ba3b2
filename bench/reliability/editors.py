"""An editor in a process of its own: publishes, edits, puts away and imports, until it is told to stop.

    python -m bench.reliability.editors MEDIA_FOLDER SEED < FILE

The first line of its input is the database's address, which holds a password. It prints one line for each
thing it did or was refused, and ``drew DIGEST`` for each picture it made, in the form in which a server keeps
it: one that a fault kept out of the catalog lies in the media folder until the next sweep. It works on items
of its own making, so the starter catalog stays for viewers.
"""

from __future__ import annotations

import hashlib
import io
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from content import actions
from content.actions import Edit, Upload
from content.bootstrap import STARTER_FOLDER
from content.catalog.store import CatalogStore
from content.database import open_engine
from content.errors import ContentError
from content.media.assets import AssetStore, cleaned
from content.transfer.exchange import export_zip, plan_import, read_zip
from content.types import Asset, AssetType, Catalog, CatalogItem, Kind, Status
from emotion.labels import EMOTIONS

PAUSE_S = (0.5, 4.0)
AUTHOR = "soak"
MOST, IMPORTED = 12, 4
DREW = "drew "


class Editor:
    """Does one thing after the other to the catalog.

    Args:
        store: the catalog.
        assets: its files.
        chance: draws what is done.
        most: of its items; then the oldest goes.
    """

    def __init__(
        self, store: CatalogStore, assets: AssetStore, chance: random.Random, most: int = MOST
    ) -> None:
        self._most = most
        self._store = store
        self._assets = assets
        self._chance = chance

    def act(self) -> str:
        """Does one thing; returns its name, or what kept it from being done."""
        act = self._chance.choice(
            (self.publish, self.edit, self.edit, self.draft, self.put_away, self.import_file)
        )
        try:
            act()
        except ContentError as error:
            return f"refused: {type(error).__name__}"
        return act.__name__

    def publish(self) -> None:
        """Adds an item with a picture."""
        self._make_room()
        actions.publish(
            self._store,
            Edit(self._new(), AUTHOR, new=True, upload=Upload(self._picture(), "soak.png", self._assets)),
        )

    def edit(self) -> None:
        """Changes the words and the weight of an item that viewers see."""
        for item in self._one(lambda item: item.status is Status.PUBLISHED):
            changed = replace(item, title=self._title(), weight=self._chance.uniform(0.5, 2))
            actions.save(self._store, Edit(changed, AUTHOR))

    def draft(self) -> None:
        """Keeps a draft and publishes it."""
        for item in self._one(lambda item: item.status is Status.PUBLISHED):
            actions.keep_as_draft(self._store, Edit(replace(item, title=self._title()), AUTHOR))
            actions.publish_draft(self._store, self._store.drafts()[item.item_id], author=AUTHOR)

    def put_away(self) -> None:
        """Archives an item, or publishes one that was."""
        for item in self._one(lambda item: True):
            act = actions.archive if item.status is Status.PUBLISHED else actions.publish
            act(self._store, Edit(item, AUTHOR))

    def import_file(self) -> None:
        """Imports a zip from elsewhere, with an item that may be there already."""
        self._make_room()
        file = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            theirs = AssetStore(Path(folder), STARTER_FOLDER / "assets")
            item = replace(
                self._new(),
                item_id=f"soak-file-{self._chance.randrange(IMPORTED)}",
                asset=theirs.add(self._picture(), "soak.png"),
            )
            export_zip(Catalog(1, (item,)), theirs, file)
        with read_zip(file) as bundle:
            plan = plan_import(bundle, self._store.load(), self._assets)
            actions.import_catalog(self._store, self._assets, plan, bundle, author=AUTHOR)

    def _make_room(self) -> None:
        mine = self._mine(lambda item: True)
        if len(mine) >= self._most:
            actions.delete(self._store, mine[:1], author=AUTHOR)

    def _mine(self, wanted: Callable[[CatalogItem], bool]) -> list[CatalogItem]:
        return [i for i in self._store.load().items if i.item_id.startswith("soak-") and wanted(i)]

    def _one(self, wanted: Callable[[CatalogItem], bool]) -> list[CatalogItem]:
        mine = self._mine(wanted)
        return [self._chance.choice(mine)] if mine else []

    def _title(self) -> str:
        return f"Soak {self._chance.randrange(10**6)}"

    def _new(self) -> CatalogItem:
        # The picture's place is taken by the upload's.
        return CatalogItem(
            "soak",
            Kind.MEDIA,
            self._title(),
            targets={self._chance.choice(EMOTIONS): 1.0},
            asset=Asset(AssetType.IMAGE, "media/none.png", "image/png", None),
            alt_text="Coloured noise",
        )

    def _picture(self) -> bytes:
        pixels = np.frombuffer(self._chance.randbytes(64 * 64 * 3), np.uint8).reshape(64, 64, 3)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        kept = cleaned(file.getvalue(), "image/png")
        print(DREW + hashlib.sha256(kept).hexdigest(), flush=True)
        return kept


def main(media: str, seed: str) -> None:
    """Edits until SIGTERM."""
    database_url = sys.stdin.readline().strip()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    chance = random.Random(int(seed))
    store = CatalogStore(open_engine(database_url))
    editor = Editor(store, AssetStore(Path(media), STARTER_FOLDER / "assets"), chance)
    while not stopping.wait(chance.uniform(*PAUSE_S)):
        print(editor.act(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
