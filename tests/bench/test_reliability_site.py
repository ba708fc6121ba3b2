"""Soak and chaos: the wire that can be cut, the editor, and the table in its document."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from bench.reliability.editors import Editor
from bench.reliability.report import write
from bench.reliability.wire import Wire
from content.bootstrap import open_content, read_starter_catalog


def test_a_cut_wire_keeps_what_was_sent_until_it_is_mended() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async def talk() -> None:
        site = await asyncio.start_server(answer, "127.0.0.1", 0)
        wire = Wire(site.sockets[0].getsockname()[1])
        port = int((await wire.open()).rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one\n")
        assert await reader.readline() == b"ONE\n"
        wire.cut()
        await asyncio.sleep(0)  # the cut is made by the loop
        writer.write(b"two\n")
        later, later_writer = await asyncio.open_connection("127.0.0.1", port)
        later_writer.write(b"three\n")
        waits = [asyncio.create_task(one.readline()) for one in (reader, later)]
        done, _ = await asyncio.wait(waits, timeout=0.3)
        assert not done
        wire.mend()
        assert await asyncio.gather(*waits) == [b"TWO\n", b"THREE\n"]
        await wire.close()
        assert await reader.read() == b""
        for one in (writer, later_writer):
            one.close()
        site.close()

    asyncio.run(asyncio.wait_for(talk(), 20))


def test_the_editor_does_everything_it_can_and_keeps_few_items(tmp_path: Path) -> None:
    content = open_content(f"sqlite:///{tmp_path / 'attune.db'}", tmp_path / "media")
    try:
        editor = Editor(content.store, content.assets, random.Random(4), most=3)
        done = [editor.act() for _ in range(24)]
        items = content.store.load().items
    finally:
        content.close()
    assert set(done) == {"publish", "edit", "draft", "put_away", "import_file"}
    mine = [item for item in items if item.item_id.startswith("soak")]
    assert 0 < len(mine) <= 3
    assert len(items) - len(mine) == len(read_starter_catalog())


def test_a_part_is_put_into_its_place_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "reliability.md"
    write(path, "soak", "first\n")
    write(path, "chaos", "other\n")
    path.write_text(path.read_text().replace("# Reliability\n", "# Reliability\n\nWords.\n"))
    write(path, "soak", "second \\1\n")
    text = path.read_text()
    assert "first" not in text
    assert text.index("Words.") < text.index("second \\1") < text.index("other")
    assert text.count("<!-- soak") == 1
