"""The photo page in a real browser: a face, a group, a camera, and files that are no photos."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, AppServer


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smiling woman, held sideways by the camera: upright only by its EXIF orientation."""
    path = tmp_path_factory.mktemp("photos") / "portrait.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = Image.fromarray(skimage.data.astronaut())
    upright.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
    return path


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve megapixels with three faces, the smallest about 44 pixels wide."""
    path = tmp_path_factory.mktemp("photos") / "group.jpg"
    face = Image.fromarray(skimage.data.astronaut())
    picture = Image.new("RGB", (4000, 3000), (120, 130, 140))
    for x_px, y_px, side_px in ((200, 300, 300), (1500, 900, 900), (3000, 400, 450)):
        picture.paste(face.resize((side_px, side_px)), (x_px, y_px))
    picture.save(path, quality=90)
    return path


def open_photo_page(page: Page, server: AppServer) -> None:
    page.goto(f"{server.url}/photo")
    expect(page.get_by_test_id("photo-empty")).to_be_visible(timeout=60_000)


def upload(page: Page, *paths: Path) -> None:
    page.locator('input[type="file"]').set_input_files(list(paths))


def test_a_portrait_is_happy_and_its_results_can_be_taken_away(
    page: Page, app_server: AppServer, portrait: Path, screenshot: Callable[..., Path]
) -> None:
    open_photo_page(page, app_server)
    upload(page, portrait)
    expect(page.get_by_test_id("photo-mood")).to_have_attribute("data-mood", "happy", timeout=60_000)
    expect(page.get_by_test_id("face-1")).to_have_attribute("data-mood", "happy")
    expect(page.get_by_test_id("face-1-bars").get_by_role("listitem")).to_have_count(7)
    expect(page.get_by_text("512 × 512 pixels")).to_be_visible()
    for slot in ("ad", "media", "theme"):
        expect(page.get_by_test_id(f"slot-{slot}")).to_be_visible()
        expect(page.get_by_test_id(f"why-{slot}")).to_contain_text("happy")
    screenshot(page, "photo-portrait", full=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Data (JSON)").click()
    record = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert record["mood"]["dominant"] == "happy"
    assert record["faces"][0]["dominant"] == "happy"
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    (row,) = csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8")))
    assert row["dominant"] == "happy"
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (512, 512)


def test_small_faces_of_a_large_group_are_found(
    new_page: Callable[..., Page], app_server: AppServer, group: Path, screenshot: Callable[..., Path]
) -> None:
    page = new_page(size=PHONE)
    open_photo_page(page, app_server)
    upload(page, group)
    expect(page.get_by_text("3 faces found in 4000 × 3000 pixels")).to_be_visible(timeout=60_000)
    for number in (1, 2, 3):
        expect(page.get_by_test_id(f"face-{number}")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wide, "nothing hangs over the edge of a phone"
    screenshot(page, "photo-group-phone", full=True)


def test_a_text_file_called_jpg_gets_one_clear_message(
    page: Page, app_server: AppServer, portrait: Path, tmp_path: Path
) -> None:
    open_photo_page(page, app_server)
    text = tmp_path / "holiday.jpg"
    text.write_text("This is a letter and not a photo.\n")
    upload(page, text)
    alert = page.get_by_role("alert").filter(has_text="could not be read as a photo")
    expect(alert).to_contain_text("a text file")
    expect(page.get_by_test_id("photo-mood")).to_have_count(0)
    # The page goes on: the next photo is read.
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_test_id("photo-empty")).to_be_visible()
    upload(page, portrait)
    expect(page.get_by_test_id("photo-mood")).to_have_attribute("data-mood", "happy", timeout=60_000)
    expect(alert).to_have_count(0)


def test_three_photos_one_of_them_broken_are_summed_up_and_taken_away(
    page: Page,
    app_server: AppServer,
    portrait: Path,
    group: Path,
    tmp_path: Path,
    screenshot: Callable[..., Path],
) -> None:
    open_photo_page(page, app_server)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(group.read_bytes()[:20_000])
    upload(page, group, broken, portrait)
    rows = page.get_by_test_id("photo-row")
    expect(rows).to_have_count(3, timeout=60_000)
    expect(page.get_by_test_id("photo-counts")).to_contain_text("1 could not be read")
    expect(rows.nth(1)).to_contain_text("The JPEG file is damaged or incomplete")
    rows.nth(2).click()
    expect(page.get_by_test_id("photo-name")).to_contain_text("portrait.jpg")
    expect(rows.nth(2)).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("512 × 512 pixels")).to_be_visible()
    screenshot(page, "photo-many", full=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Everything (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == [
            "pictures/group-expressions.jpg",
            "pictures/portrait-expressions.jpg",
            "expressions.csv",
            "expressions.json",
        ]
        records = json.loads(archive.read("expressions.json"))
        table = list(csv.DictReader(io.StringIO(archive.read("expressions.csv").decode())))
    assert [r["path"] for r in records] == ["group.jpg", "broken.jpg", "portrait.jpg"]
    assert "damaged" in records[1]["error"]
    assert [r["path"] for r in table] == ["group.jpg"] * 3 + ["broken.jpg", "portrait.jpg"]
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_test_id("photo-empty")).to_be_visible()
    expect(rows).to_have_count(0)


def test_the_photo_is_enlarged_by_wheel_keys_and_a_click_on_a_face(
    page: Page, app_server: AppServer, group: Path, screenshot: Callable[..., Path]
) -> None:
    open_photo_page(page, app_server)
    upload(page, group)
    viewer = page.get_by_test_id("photo-viewer")
    expect(viewer).to_have_attribute("data-zoom", "1.000", timeout=60_000)
    face = viewer.get_by_role("button", name="Face 1: Happy")
    small = face.bounding_box()
    viewer.focus()
    viewer.hover()
    page.mouse.wheel(0, -240)
    expect(viewer).not_to_have_attribute("data-zoom", "1.000")
    page.get_by_test_id("zoom-all").click()
    expect(viewer).to_have_attribute("data-zoom", "1.000")
    viewer.press("+")
    expect(viewer).to_have_attribute("data-zoom", "1.350")
    viewer.press("0")
    expect(viewer).to_have_attribute("data-zoom", "1.000")
    page.get_by_role("button", name="Show face 1 in the photo").click()
    expect(viewer).not_to_have_attribute("data-zoom", "1.000")
    assert small is not None
    # It glides there, in a time of the browser's own.
    for _ in range(100):
        large, frame = face.bounding_box(), viewer.bounding_box()
        assert large is not None and frame is not None
        off = abs(large["x"] + large["width"] / 2 - frame["x"] - frame["width"] / 2)
        if off < 5 and large["width"] > 4 * small["width"]:
            break
        page.wait_for_timeout(50)
    assert large is not None and large["width"] > 4 * small["width"]
    assert off < 5, "the face is in the middle"
    screenshot(page, "photo-zoomed")


def test_two_fingers_enlarge_the_photo_and_one_moves_it_or_scrolls_the_page(
    new_page: Callable[..., Page], app_server: AppServer, group: Path, screenshot: Callable[..., Path]
) -> None:
    page = new_page(size=PHONE)
    open_photo_page(page, app_server)
    upload(page, group)
    viewer = page.get_by_test_id("photo-viewer")
    expect(viewer).to_have_attribute("data-zoom", "1.000", timeout=60_000)
    expect(page.get_by_test_id("face-3")).to_be_visible()  # below the photo: what moves it is there
    viewer.scroll_into_view_if_needed()
    frame = viewer.bounding_box()
    assert frame is not None
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    # Playwright taps with one finger only; the browser itself takes any number.
    fingers = page.context.new_cdp_session(page)
    fingers.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": middle[0] + x, "y": middle[1] + y, "id": number} for number, (x, y) in enumerate(places)
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def pinch(start: int, end: int) -> None:
        touch("touchStart", (-start, 0), (start, 0))
        for x in range(start, end, 6 if end > start else -6):
            touch("touchMove", (-x, 0), (x, 0))
        touch("touchEnd")

    place = "document.querySelector('.at-pz-layer').getBoundingClientRect().toJSON()"
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    pinch(20, 80)
    expect(viewer).to_have_attribute("data-zoom", re.compile(r"^3\.[5-9]"))
    # What was between the fingers is still there, and the page around it is as large as before.
    near = page.evaluate(place)
    assert near["x"] + near["width"] / 2 == pytest.approx(middle[0], abs=8)
    assert page.evaluate("visualViewport.scale") == 1
    at_px = page.evaluate(scrolled)
    screenshot(page, "photo-pinched-phone")
    touch("touchStart", (0, 0))
    for step in range(0, 60, 6):
        touch("touchMove", (step, step))
    touch("touchEnd")
    moved = page.evaluate(place)
    assert (moved["x"] - near["x"], moved["y"] - near["y"]) == pytest.approx((54, 54), abs=8)
    assert page.evaluate(scrolled) == at_px
    pinch(120, 20)
    expect(viewer).to_have_attribute("data-zoom", "1.000")
    touch("touchStart", (0, 0))
    for step in range(0, 120, 6):
        touch("touchMove", (0, -step))
    touch("touchEnd")
    page.wait_for_function(f"before => {scrolled} > before + 50", arg=at_px)


CAMERA_IN_USE_JS = """() => {
  window.realGetUserMedia = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Taken", "NotReadableError"));
}"""
CAMERA_FREE_JS = "() => { navigator.mediaDevices.getUserMedia = window.realGetUserMedia; }"


def test_a_photo_is_taken_after_consent(page: Page, app_server: AppServer) -> None:
    open_photo_page(page, app_server)
    page.get_by_text("Take a photo").click()
    expect(page.get_by_text("Before the camera starts")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    page.evaluate(CAMERA_IN_USE_JS)
    page.get_by_role("button", name="I agree, start the camera").click()
    expect(page.get_by_text("Another program uses the camera")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    page.evaluate(CAMERA_FREE_JS)
    page.get_by_role("button", name="Try again").click()
    # As a person does: once the picture is there. Before, the widget takes nothing.
    page.wait_for_function(
        "document.querySelector('video')?.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA"
    )
    expect(page.get_by_role("button", name="Take Photo")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_test_id("photo-mood")).to_be_visible(timeout=60_000)


def test_nothing_of_a_photo_is_left_behind(
    page: Page,
    app_server: AppServer,
    group: Path,
    tmp_path: Path,
    watch_pictures: Callable[[AppServer], object],
) -> None:
    # Over 1 MB: beyond the size that a server would park in a temporary file.
    large = tmp_path / "large.png"
    with Image.open(group) as picture:
        picture.resize((2000, 1500)).save(large, compress_level=0)
    assert large.stat().st_size > 2_000_000
    watch = watch_pictures(app_server)
    open_photo_page(page, app_server)
    upload(page, large)
    expect(page.get_by_test_id("photo-mood")).to_be_visible(timeout=60_000)
    page.close()
    assert watch.new() == []  # type: ignore[attr-defined]
