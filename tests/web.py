"""Servers of one content for tests, on this machine alone: a good one, and those that are not."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct, field


class Web(Struct):
    """What a server has, how it behaves, and what it was asked."""

    content: bytes
    ranges: bool = True  #: it gives parts
    tag: str = '"one"'  #: its ETag; empty for none
    dated: bool = False  #: it says when the content was last changed
    dies_after: list[int] = field(
        default_factory=list
    )  #: bytes of each answer after which it hangs up, in turn
    hangs: bool = False  #: it does so only after a long time
    claims: int = 0  #: by how many bytes its Content-Length is too large, or too small
    status: list[int] = field(default_factory=list)  #: what it says first, in turn, instead of answering
    shifted: int = 0  #: by how many bytes its parts lie beside what was asked for
    zipped: bool = False  #: it packs the content, whatever it is asked for
    forgets: bool = False  #: it does not look at If-Range
    asked: list[tuple[str, str]] = field(default_factory=list)  #: Range and If-Range of each request
    address: str = ""


@contextmanager
def served(web: Web) -> Iterator[Web]:
    """The same, with the address at which its content is: `…/in.csv`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked, unless = self.headers.get("Range", ""), self.headers.get("If-Range", "")
            web.asked.append((asked, unless))
            if web.status:
                self.send_response(web.status.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            dated = "Sat, 28 Nov 2026 00:00:00 GMT"
            at, read = 0, re.fullmatch(r"bytes=(\d+)-", asked)
            if read and web.ranges and (web.forgets or unless in ("", web.tag, dated if web.dated else "")):
                at = int(read[1])
                if at >= len(web.content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(web.content)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                at += web.shifted
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {at}-{len(web.content) - 1}/{len(web.content)}")
            else:
                self.send_response(200)
            body = web.content[at:]
            if web.zipped:
                import gzip

                body = gzip.compress(body)
                self.send_header("Content-Encoding", "gzip")
            if web.tag:
                self.send_header("ETag", web.tag)
            if web.dated:
                self.send_header("Last-Modified", dated)
            self.send_header("Content-Length", str(len(body) + web.claims))
            self.end_headers()
            end = web.dies_after.pop(0) if web.dies_after else len(body)
            self.wfile.write(body[: min(end, len(body) + min(web.claims, 0))])
            for _ in range(600):
                if not (web.hangs and end < len(body)):
                    break
                time.sleep(0.05)
            self.close_connection = True

        def log_message(self, format: str, *words: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        web.address = f"http://127.0.0.1:{server.server_address[1]}/in.csv"
        yield web
        server.shutdown()
