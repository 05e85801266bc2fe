#!/usr/bin/env python3
"""An image registry for rootfs-build.bats: listens on a free port of localhost and prints it.

usage: rootfs-build-registry.py silent         accepts connections and never answers
       rootfs-build-registry.py drip DIR       serves the `podman save --format docker-dir` DIR,
                                               8 KiB every quarter of a second
"""
import http.server
import os
import socket
import sys
import time

CHUNK = 8192
PAUSE_S = 0.25


class Registry(http.server.BaseHTTPRequestHandler):
    """The three requests of a pull: is this a registry, the manifest, the blobs."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, name = self.path.rpartition("/")
        if self.path == "/v2/":
            self.answer(b"{}", "application/json")
        elif kind.endswith("/manifests"):
            self.answer(self.read("manifest.json"),
                        "application/vnd.docker.distribution.manifest.v2+json")
        elif kind.endswith("/blobs"):
            self.answer(self.read(name.replace("sha256:", "")), "application/octet-stream")
        else:
            self.send_error(404)

    def read(self, name):
        with open(os.path.join(self.server.directory, os.path.basename(name)), "rb") as file:
            return file.read()

    def answer(self, body, media_type):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), CHUNK):
            self.wfile.write(body[start:start + CHUNK])
            if start + CHUNK < len(body):
                time.sleep(PAUSE_S)

    def log_message(self, *_):
        pass


def be_silent():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    time.sleep(600)


def be_registry(directory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    server.directory = directory
    print(server.server_address[1], flush=True)
    server.serve_forever()


if sys.argv[1:] == ["silent"]:
    be_silent()
elif len(sys.argv) == 3 and sys.argv[1] == "drip":
    be_registry(sys.argv[2])
else:
    sys.exit(__doc__)
