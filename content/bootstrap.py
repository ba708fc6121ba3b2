"""Wires the package together: database, starter catalog, store, assets, picker, recorder."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Engine, select, update

from attune_settings import Program, Settings, load
from content.catalog.changes import Changes
from content.catalog.editing import CatalogFile, field_errors
from content.catalog.history import Action
from content.catalog.store import CatalogStore, now_utc
from content.catalog.work import Work
from content.choosing.picker import Picker, PickerOptions
from content.database import file_stamps, migrate, open_engine, reading, shown_url, writing
from content.errors import (
    AssetError,
    ContentError,
    DatabaseError,
    DatabaseReadOnlyError,
    SpoolError,
    StarterCatalogError,
)
from content.media.assets import AssetStore
from content.media.storage import open_media
from content.records.recorder import Recorder
from content.records.spool import Spool
from content.records.today import TodayCounts
from content.tables import catalog_state, deployment, items
from content.types import Catalog, CatalogItem, Moment, Status

STARTER_FOLDER = Path(__file__).resolve().parent / "starter"
STARTER_AUTHOR = "the starter catalog"
RETRY_AFTER_S = 5.0
SPOOL_RETRY_S = 30.0
REFRESH_S, REFRESH_FOR_S, REFRESH_ANYWAY_S = 1.0, 3.0, 10.0
EMPTY_CATALOG = "Expected items in the catalog; add some on the Catalog page. Received: an empty catalog."

_log = logging.getLogger(__name__)


def read_starter_catalog(folder: Path = STARTER_FOLDER) -> tuple[CatalogItem, ...]:
    """The catalog that comes with the app.

    Raises:
        StarterCatalogError: ``starter.json`` is missing or broken.
    """
    path = folder / "starter.json"
    try:
        file = CatalogFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StarterCatalogError(f"Expected the starter catalog at {path}. Received: {error}") from error
    except ValidationError as error:
        wrong = [f"{e.field or 'file'}: {e.message}" for e in field_errors(error)]
        more = f" (and {len(wrong) - 3} more)" if len(wrong) > 3 else ""
        raise StarterCatalogError(
            f"Expected a valid starter catalog at {path}. Received: {'; '.join(wrong[:3])}{more}"
        ) from error
    return tuple(form.to_item() for form in file.items)


def load_starter_once(engine: Engine, folder: Path = STARTER_FOLDER) -> bool:
    """Fill a newly created database with the starter catalog; later calls do nothing.

    The database remembers that this was done, so starter items that someone deleted stay away.

    Returns:
        True when this call filled it.

    Raises:
        StarterCatalogError: the starter catalog is missing or broken; a later call tries again.
        DatabaseError: the database cannot be written.
    """
    with reading(engine) as connection:
        if connection.execute(select(catalog_state.c.starter_loaded)).scalar_one_or_none():
            return False
    new = read_starter_catalog(folder)
    with writing(engine) as connection:
        first = connection.execute(
            update(catalog_state).where(~catalog_state.c.starter_loaded).values(starter_loaded=True)
        )
        if first.rowcount != 1 or connection.execute(select(items.c.item_id).limit(1)).first():
            return False
        work = Work(connection, STARTER_AUTHOR, now_utc(), Action.IMPORTED)
        work.read(item.item_id for item in new)
        for item in new:
            work.create(item)
        work.write()
    _log.info("Loaded %d starter items into the database", len(new))
    return True


class Content:
    """What the pages use of this package.

    A database that cannot be used does not stop them: ``catalog()`` goes on with the last good catalog
    (an empty one at first) and ``problem`` says in words what is wrong; the database is tried again every
    few seconds. Uploads that no item refers to any more are deleted when it is opened.

    Attributes:
        store: for editors; raises ``ContentError``.
        assets: files of the items.
        picker: chooses from ``catalog()``.
        retention: for how long what was decided and seen is kept; None for ever.
        secret: that all processes of this installation share; None while the database has not told it.
        recording_problem: why nothing can be recorded at present, for a person; None while all is well, or
            before ``recorder`` was asked for.
    """

    def __init__(
        self,
        engine: Engine,
        assets: AssetStore,
        *,
        starter_folder: Path = STARTER_FOLDER,
        picker_options: PickerOptions | None = None,
        spool_folder: Path,
        retention: timedelta | None = None,
        secret: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = CatalogStore(engine)
        self.assets = assets
        self.picker = Picker(self.catalog, picker_options)
        self._engine = engine
        self._starter_folder = starter_folder
        self._clock = clock
        self._lock = threading.Lock()
        self._last_good = Catalog(0, ())
        self._ready = False
        self._swept = False
        self._failure: ContentError | None = None
        self._starter_problem: str | None = None
        self._try_again_at_s = -float("inf")
        self._problem: str | None = None
        self.retention = retention
        self.secret = secret
        self.recording_problem: str | None = None
        self._spool_folder = spool_folder
        self._recorder: Recorder | None = None
        self._today: TodayCounts | None = None
        self._recorder_lock = threading.Lock()
        self._open_spool_at_s = -float("inf")
        self._refreshing = threading.Lock()
        self._refresher: threading.Thread | None = None
        self._wanted_at_s = clock()
        self._closed = threading.Event()
        self._changes = Changes(engine, self._take_over)
        self.catalog()

    @property
    def engine(self) -> Engine:
        """The database, for reports."""
        return self._engine

    @property
    def problem(self) -> str | None:
        """What is wrong with the catalog, for a person; None when all is well."""
        return self._problem

    @property
    def failure(self) -> ContentError | None:
        """Why the catalog cannot be read at present; None while it can."""
        return self._failure

    def catalog(self) -> Catalog:
        """The catalog now, or the last good one; never raises, cheap enough for every tick."""
        # While one page waits for a slow database the others go on with what they have.
        if self._lock.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._lock.release()
        return self._last_good

    def _take_over(self) -> None:
        # Whoever holds the lock may have read before the change.
        with self._lock:
            self._read()

    def _read(self) -> None:
        if self._failure is not None and self._clock() < self._try_again_at_s:
            return
        try:
            if not self._ready:
                # After a failure the file or server may be another one, with other tables or none.
                self._engine.dispose()
                migrate(self._engine)
                self._starter_problem = self._load_starter()
                self.secret = self.secret or _shared_secret(self._engine)
                self._sweep()
                self._ready = True
            before, self._last_good = self._last_good, self.store.load()
            if self._last_good is not before:
                self.assets.fetch_ahead(_shown_files(self._last_good))
            self._failure = None
            self._note(self._found_wrong())
        except ContentError as error:
            self._failure, self._ready = error, False
            self._try_again_at_s = self._clock() + RETRY_AFTER_S
            self._note(str(error))

    def recent_catalog(self) -> Catalog:
        """The catalog now, where the database tells of changes, or else of about a second ago; never waits.

        Where the database does not tell, being called again and again keeps a thread that asks it, which
        ends some seconds after the last call.
        """
        self._changes.begin()
        if self._changes.is_on and self._failure is None:
            return self._last_good
        self._wanted_at_s = self._clock()
        with self._refreshing:
            if self._refresher is None or not self._refresher.is_alive():
                self._refresher = threading.Thread(target=self._refresh, name="attune-catalog", daemon=True)
                self._refresher.start()
        return self._last_good

    def _refresh(self) -> None:
        last: tuple[object, ...] = ()
        settled = False
        while self._clock() - self._wanted_at_s < REFRESH_FOR_S and not self._closed.wait(REFRESH_S):
            # Asking the database costs a hundred times what a look at its files does. They change a moment
            # before others can read what was written, so it is asked twice.
            stamps = file_stamps(self._engine), self._clock() // REFRESH_ANYWAY_S
            unchanged = stamps == last
            if not (unchanged and settled and stamps[0]) or self._failure is not None:
                self._take_over()
            last, settled = stamps, unchanged

    def _load_starter(self) -> str | None:
        try:
            load_starter_once(self._engine, self._starter_folder)
        except (StarterCatalogError, DatabaseReadOnlyError) as error:
            # What the database holds can be shown all the same.
            return str(error)
        return None

    def _sweep(self) -> None:
        # Once: while the app runs, an editor may still take back what was deleted.
        if self._swept:
            return
        self._swept = True
        if self.assets.is_remote:
            # Nobody's page waits for a store that is slow or out.
            threading.Thread(target=self._sweep_now, name="attune-sweep", daemon=True).start()
        else:
            self._sweep_now()

    def _sweep_now(self) -> None:
        try:
            # First, as the files that were dropped there go with them.
            if forgotten := self.store.forget_abandoned():
                _log.info("Forgot what editors typed for %d items and never saved", forgotten)
            self.assets.sweep(self.store.locations(), shown_url(self._engine), datetime.now(UTC))
        except (AssetError, DatabaseError) as error:
            # Files too many harm nobody; the next start tries again.
            _log.warning("%s", error)

    def _found_wrong(self) -> str | None:
        if left_out := self.store.left_out:
            named = ", ".join(repr(i) for i in left_out[:3]) + (" and more" if len(left_out) > 3 else "")
            return f"Expected items as the catalog editor saves them. Received: unusable rows for {named}."
        return None if self._last_good.items else self._starter_problem or EMPTY_CATALOG

    def _note(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            _log.error("%s", problem)
        self._problem = problem

    @property
    def recorder(self) -> Recorder | None:
        """The process's recorder, made on first use; None while its spool cannot be opened.

        Then ``recording_problem`` says why, and it is tried again every half minute.
        """
        with self._recorder_lock:
            if self._recorder is None and self._clock() >= self._open_spool_at_s:
                self._open_spool_at_s = self._clock() + SPOOL_RETRY_S
                try:
                    spool = Spool(self._spool_folder / spool_name(self._engine))
                except SpoolError as error:
                    if self.recording_problem != str(error):
                        _log.error("Nothing is recorded: %s", error)
                    self.recording_problem = str(error)
                else:
                    self._recorder = Recorder(self._engine, spool, retention=self.retention)
                    self._today = TodayCounts(self._recorder.impressions_today)
                    self.recording_problem = None
            return self._recorder

    def today(self, catalog: Catalog, now: Moment) -> Mapping[str, int]:
        """Item with a daily cap → impressions today; never raises, cheap enough for every tick."""
        if self.recorder is None or self._today is None:
            return {}
        return self._today.counts(catalog, now)

    def close(self) -> None:
        """End its threads, and give the database's connections back."""
        self._closed.set()
        self._changes.close()
        with self._recorder_lock:
            recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.close()
        self._engine.dispose()


def _shared_secret(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(connection.execute(select(deployment.c.secret)).scalar_one())


def spool_name(engine: Engine) -> str:
    """The spool's file name: one a database, as what waits belongs into the one it was recorded for."""
    return f"{hashlib.sha256(shown_url(engine).encode()).hexdigest()[:12]}.db"


def _shown_files(catalog: Catalog) -> Iterator[str]:
    """Where the files and posters of what viewers may be shown lie."""
    for item in catalog.items:
        if item.status is Status.PUBLISHED and item.asset is not None:
            yield item.asset.location
            if item.asset.poster:
                yield item.asset.poster


def open_assets(
    media_dir: Path | None = None, starter_dir: Path = STARTER_FOLDER, settings: Settings | None = None
) -> AssetStore:
    """The files of the catalog, without its database; arguments and errors as for ``open_content``."""
    settings = settings or load(Program.CONTENT)
    folder = media_dir or settings.media_dir
    address = folder if media_dir else settings.media_url or folder
    media = open_media(address, folder.with_name(f"{folder.name}-copies"))
    return AssetStore(media, starter_dir / "assets")


def open_content(
    database_url: str | None = None,
    media_dir: Path | None = None,
    *,
    starter_dir: Path = STARTER_FOLDER,
    picker_options: PickerOptions | None = None,
    settings: Settings | None = None,
) -> Content:
    """Open the catalog: create its database where there is none, migrate it, fill it once.

    Args:
        database_url: of another database than that of the settings.
        media_dir: of uploaded files, in place of the store or folder of the settings. Copies of a remote
            store's files are kept beside it.
        starter_dir: of the catalog that fills a new database, ``starter.json`` and ``assets/``.
        picker_options: policies and thresholds.
        settings: those of the environment when left out.

    Raises:
        SettingsError: the environment sets one of them to what it cannot be.
        DatabaseUnavailableError: ``database_url`` is no address or its driver is not installed. Everything
            else that may be wrong with the database is in ``Content.problem``.
        AssetStoreError: the store's address cannot be written to. A store that does not answer is told by
            ``Content.assets.problem``.
    """
    settings = settings or load(Program.CONTENT)
    return Content(
        open_engine(database_url or settings.database_url),
        open_assets(media_dir, starter_dir, settings),
        starter_folder=starter_dir,
        picker_options=picker_options,
        spool_folder=settings.spool_dir,
        retention=settings.retention,
        secret=settings.secret.get_secret_value() if settings.secret else None,
    )
