"""The camera over a real TURN server, where UDP finds no other way between browser and server."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright, expect

from tests.browser.conftest import CHROMIUM_FLAGS, WAIT_MS, free_port, keep_log, start_app, stop_app
from tests.browser.live_page import FOLLOWS_MS, consent, mood, start
from tests.browser.namespaces import MIDDLE, into, networks, passed_on
from tests.coturn import SECRET, coturn

TURN_PORT = 3478
CANDIDATES = """async () => {
    const view = document.querySelector('iframe[title*="webrtc"]').contentWindow;
    const stats = [...(await attunePicture.peer(view).getStats()).values()];
    const pair = stats.find(({ type, state, nominated }) =>
        type === "candidate-pair" && state === "succeeded" && nominated);
    const [ours, theirs] = [pair.localCandidateId, pair.remoteCandidateId];
    return [ours, theirs].map((id) => stats.find((one) => one.id === id).candidateType);
}"""


def test_a_camera_is_read_through_a_turn_server_with_a_password_that_ends(
    playwright: Playwright, chromium_path: str, face_clip: Path, tmp_path: Path
) -> None:
    port = free_port()
    environ = {
        "ATTUNE_READER": "server",
        "ATTUNE_TURN_SECRET": SECRET,
        "ATTUNE_TURN_URLS": f"turn:{MIDDLE}:{TURN_PORT}",
    }
    with networks() as names, coturn(tmp_path, MIDDLE, TURN_PORT, into(names.middle)):
        inside = tmp_path / "chromium"
        inside.write_text(f'#!/bin/sh\nexec {" ".join(into(names.browser))} "{chromium_path}" "$@"\n')
        inside.chmod(0o755)
        flags = [
            *CHROMIUM_FLAGS,
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={face_clip}",
        ]
        with passed_on(port, tmp_path, names):
            server = start_app(tmp_path / "app", environ, port=port, before=into(names.server))
            try:
                browser = playwright.chromium.launch(executable_path=str(inside), args=flags)
                context = browser.new_context(permissions=["camera"])
                context.set_default_timeout(WAIT_MS)
                page = context.new_page()
                consent(page, server)
                start(page)
                expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
                ways = page.evaluate(CANDIDATES)
                assert "relay" in ways, ways
                assert SECRET not in page.content() and "credential" not in page.url
                browser.close()
            finally:
                stop_app(server)
                keep_log(server, "turn")
        assert SECRET not in server.log
