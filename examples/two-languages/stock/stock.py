import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from counts import count_of


class Stock(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, "ok")
        count = count_of(self.path.removeprefix("/stock/"))
        if count is None:
            return self.answer(404, "unknown")
        return self.answer(200, {"count": count})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Stock).serve_forever()
