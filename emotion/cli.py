"""The command line of ``emotion``. Commands import heavy libraries themselves, so that help is quick."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from attune_settings import warn_of_unknown
from emotion.errors import ClusterError, EmotionError, ImageError, VideoError

if TYPE_CHECKING:
    from emotion.records import MomentRecord, PhotoRecord
    from emotion.types import FaceReading, MoodEstimate

FAILED, STOPPED = 1, 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Read the expressions of faces in photos, videos, folders and from a camera.

A reading is an estimate of an *expression* from a picture. Nothing is sent anywhere or kept, beyond the table
you ask for.

Exit code: 0 when all was read, 1 when an input failed (the reason is on stderr, the rest is done), 2 for
wrong usage.
""",
)
say = Console(stderr=True, highlight=False, soft_wrap=True)

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object a line to stdout, and nothing else.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name in models/, or the path of a model. Default: ATTUNE_MODEL, else the app's.",
        show_default=False,
    ),
]
RateOption = Annotated[float, typer.Option("--rate", min=0.1, max=60.0, help="Readings a second.")]


@app.command()
def photo(
    paths: Annotated[list[Path], typer.Argument(help="Photos: JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP, TIFF.")],
    as_json: JsonOption = False,
    model: ModelOption = None,
) -> None:
    """Read every face in one or more photos.

    For a folder, use `folder`. Group photos are searched at more than one scale.

    For example:

        python -m emotion photo party.jpg

        python -m emotion photo *.jpg --json | jq .mood.dominant
    """
    from emotion.bootstrap import create_photo_analyzer
    from emotion.photo import analyze_photo
    from emotion.records import as_text

    failed = done = 0
    with stopping(lambda: f"{done} of {len(paths)} photos were read."):
        analyzer = create_photo_analyzer(model)
        for path in paths:
            try:
                record = analyze_photo(path, analyzer=analyzer)
            except ImageError as error:
                complain(as_text(path), str(error))
                failed += 1
                continue
            print(record.as_json() if as_json else photo_lines(record), flush=True)
            for note in record.notes:
                complain(as_text(path), note)
            done += 1
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def video(
    paths: Annotated[
        list[Path], typer.Argument(help="Clips: MP4, MOV, WebM, MKV, AVI, animated GIF, H.264.")
    ],
    as_json: JsonOption = False,
    rate: RateOption = 10.0,
    model: ModelOption = None,
) -> None:
    """Read the faces of one or more clips, moment by moment, and the smoothed mood of each.

    For example:

        python -m emotion video talk.mp4 --rate 5

        python -m emotion video talk.mp4 --json > talk.jsonl
    """
    from emotion.bootstrap import create_analyzer
    from emotion.records import MomentRecord, as_text, from_the_left
    from emotion.video.analyze import CLIP_PERSISTENCE, analyze_video
    from emotion.video.clip import video_info

    failed = done = moments = 0
    with stopping(lambda: f"{done} of {len(paths)} videos were read to their end, {moments} moments in all."):
        # One model for all clips, but no faces carried over from one clip to the next.
        classifier = create_analyzer(model).classifier
        for path in paths:
            name = as_text(path)
            try:
                info = video_info(path)
                analyzer = create_analyzer(classifier=classifier, persistence=CLIP_PERSISTENCE)
                for reading in analyze_video(path, rate_hz=rate, analyzer=analyzer):
                    record = MomentRecord(
                        name, reading.t_s, info.width_px, info.height_px,
                        from_the_left(reading.faces), reading.mood, reading.elapsed_ms,
                    )  # fmt: skip
                    print(record.as_json() if as_json else moment_line(record), flush=not as_json)
                    moments += 1
                done += 1
            except VideoError as error:
                complain(name, str(error))
                failed += 1
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def folder(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Searched with all folders below.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="The table to write: .parquet with a row a photo, or .csv with a row a face."
        ),
    ],
    engine: Annotated[
        str, typer.Option(help="processes: the cores of this machine. ray: a Ray cluster.")
    ] = "processes",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Photos at a time. Default: the machine's cores.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Also print each row of the finished table to stdout.")
    ] = False,
    model: ModelOption = None,
) -> None:
    """Read all photos of a folder into a table, on all cores.

    If it is interrupted, the same command continues where it stopped; later it reads only what is new or
    changed. A file that cannot be read becomes a row with its `error` and is tried again next time.

    For example:

        python -m emotion folder ~/Pictures --out moods.csv

        python -m emotion folder ~/Pictures --out moods.parquet

        python -c "import pandas; print(pandas.read_parquet('moods.parquet'))"
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from emotion.folder.run import Engine, FolderProgress, analyze_folder
    from emotion.folder.table import rows_of, table_of
    from emotion.records import as_line, as_text

    try:
        chosen = Engine(engine)
    except ValueError as error:
        names = " or ".join(Engine)
        raise typer.BadParameter(f"Expected {names}. Received: {engine!r}", param_hint="--engine") from error
    if not folder.is_dir():
        raise typer.BadParameter(f"Expected a folder. Received: {str(folder)!r}", param_hint="DIR")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    table = table_of(out)
    now = FolderProgress(0)
    with (
        stopping(
            lambda: (
                f"{now.read} of {now.total} photos were read in this run, {now.failed} failed, {now.kept} "
                "were known from before. They are kept: the same command goes on from here."
            )
        ),
        Progress(*columns, console=say, transient=True) as bar,
    ):
        job = bar.add_task("Reading photos", total=None)

        def show(progress: FolderProgress) -> None:
            nonlocal now
            now = progress
            bar.update(job, total=now.total, completed=now.read + now.failed + now.kept)

        done = analyze_folder(
            folder, out, engine=chosen, workers=workers, model=model, progress=show, on_error=complain
        )
    beside = "" if table == out else f" ({one_line(as_text(table))} lets the next run go on from here)"
    print(
        f"{done.read} read, {done.failed} failed, {done.kept} known from before. "
        f"Table: {one_line(as_text(out))}{beside}",
        file=sys.stderr,
    )
    if as_json:
        for row in rows_of(table):
            print(as_line(row))
    if done.failed:
        raise typer.Exit(FAILED)


@app.command()
def camera(
    device: Annotated[
        str, typer.Option(help="The camera's number, a stream's address, or a video file.")
    ] = "0",
    rate: RateOption = 10.0,
    readings: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many. Default: go on.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    model: ModelOption = None,
) -> None:
    """Read this machine's camera and print the mood in the terminal, until Ctrl+C.

    No picture is kept.

    For example:

        python -m emotion camera

        python -m emotion camera --rate 2 --readings 20 --json
    """
    from rich.live import Live
    from rich.text import Text

    from emotion.bootstrap import create_analyzer
    from emotion.camera import analyze_camera

    console = Console(highlight=False, soft_wrap=True)
    seen = 0

    def moments() -> Iterator[MomentRecord]:
        nonlocal seen
        analyzer = create_analyzer(model)
        number = int(device) if device.isdecimal() else device
        for moment in islice(analyze_camera(number, rate_hz=rate, analyzer=analyzer), readings):
            seen += 1
            yield moment

    with stopping(lambda: f"{seen} readings were made."):
        if as_json or not console.is_terminal:
            for moment in moments():
                print(moment.as_json() if as_json else moment_line(moment), flush=True)
            return
        with Live(Text("Waiting for the camera …"), console=console, auto_refresh=False) as live:
            for moment in moments():
                live.update(Text("\n".join([moment_line(moment), *bars(moment)])), refresh=True)


@app.command()
def serve(
    address: Annotated[
        str | None,
        typer.Option(
            envvar="RAY_ADDRESS",
            help="host:port of a Ray cluster's head. Default: this machine alone.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="The address at which each machine of the cluster takes pictures.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="And the port.")] = 8000,
    model: ModelOption = None,
) -> None:
    """Read the pictures of the app's viewers on a Ray cluster (docs/cluster.md).

    On a running cluster the reader stays when this command ends. Without one, it runs on this machine until
    Ctrl+C. ATTUNE_ANALYZER_REPLICAS says how many replicas there may be.

    For example:

        python -m emotion serve

        python -m emotion serve --address head:6379 --host 0.0.0.0
    """
    import signal
    import threading

    from attune_settings import Program, SettingsError, load
    from emotion.cluster.join import import_ray, join
    from emotion.installed import installed_version

    try:
        least, most = load(Program.EMOTION).analyzer_replicas
    except SettingsError as error:
        raise ClusterError(str(error)) from error
    version = installed_version(model)
    ray = import_ray("serve")
    join(ray, address)
    from emotion.cluster.replica import deploy

    with stopping(lambda: "Nothing reads here any more."):
        deploy(model, least=least, most=most, host=host, port=port)
        print(f"{version} reads on {least} to {most} replicas, at port {port}.", file=sys.stderr, flush=True)
        if address is None:
            # As by Ctrl+C: Ray's own way with this signal is to abort.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            print(f"ATTUNE_ANALYZER=ray://127.0.0.1:{port}", flush=True)
            threading.Event().wait()


# --- words -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def stopping(done: Callable[[], str]) -> Iterator[None]:
    """Ends the command on Ctrl+C with one line that says what was done."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"Stopped. {done()}", file=sys.stderr, flush=True)
        raise typer.Exit(STOPPED) from None


def complain(path: str, why: str) -> None:
    """One line about one input, on stderr, without the passwords of addresses."""
    from emotion.records import without_passwords

    print(without_passwords(one_line(f"{path}: {why}")), file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    r"""The text with ``\n`` and the like spelt out: names of files may hold line breaks and move a cursor."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda c: repr(c[0])[1:-1], text)


def count_words(faces: int) -> str:
    """How many faces."""
    return {0: "no face", 1: "1 face"}.get(faces, f"{faces} faces")


def mood_words(mood: MoodEstimate) -> str:
    """The mood and how sure it is."""
    if mood.dominant is None:
        return "mood unknown"
    return f"mood {mood.dominant.value} ({mood.confidence:.0%})"


def face_words(number: int, face: FaceReading) -> str:
    """One face: what it shows, and where it is."""
    box, scores = face.box, face.scores
    poor = f"  (not clear enough: {face.quality[0].words})" if face.is_poor else ""
    return (
        f"  {number}. {scores.top.value} {scores.confidence:.0%}{poor}"
        f"  valence {scores.valence:+.2f}  arousal {scores.arousal:+.2f}"
        f"  {box.width_px:.0f} x {box.height_px:.0f} px at {box.x_px:.0f}, {box.y_px:.0f}"
    )


def photo_lines(record: PhotoRecord) -> str:
    """A photo's reading, for a person."""
    head = f"{one_line(record.path)}: {count_words(len(record.faces))}"
    if record.faces:
        head += f", {mood_words(record.mood)}"
    return "\n".join([head, *(face_words(n, face) for n, face in enumerate(record.faces, start=1))])


def moment_line(record: MomentRecord) -> str:
    """A moment's reading, for a person."""
    return f"{record.t_s:8.1f} s  {count_words(len(record.faces)):8s}  {mood_words(record.mood)}"


def bars(record: MomentRecord) -> Iterable[str]:
    """The smoothed belief, one bar for each expression."""
    for label, share in record.mood.scores.as_dict().items():
        yield f"  {label:9s} {'█' * round(share * 30):30s} {share:4.0%}"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, ``sys.argv`` when ``arguments`` is left out.

    Errors that this project raises on purpose become one line and exit code 1.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    warn_of_unknown()
    try:
        app(args=arguments)
    except EmotionError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(STOPPED)
    except BrokenPipeError:
        # The reader of the output (head, jq) has closed it; Python's own flush at the end would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
