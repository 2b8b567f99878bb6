"""Real browsers without a screen, driven by their own protocols: DevTools' over a pipe, and Marionette."""

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time

STATUS = "[(performance.getEntriesByType('navigation')[0] || {}).responseStatus || 0, location.href]"
"""What a page is asked: the status of the answer that it is, 0 for an error page of the browser, and its address."""
EMPTY = "about:blank"
PATIENCE = 60


class Chromium:
    """Debian's Chromium: one page that stays open, and visits, each as a person who comes for the first time."""

    photographs = True

    def __init__(self, folder, proxy, ca_file):
        home = folder / "home"
        store = home / ".pki/nssdb"
        store.mkdir(parents=True)
        trust(store, ca_file)
        arguments = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        arguments += ["--window-size=900,600"]
        arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        arguments += [f"--user-data-dir={folder / 'profile'}", f"--proxy-server={proxy}", "--remote-debugging-pipe"]
        (ours, to), (back, theirs) = os.pipe(), os.pipe()
        environment = {**os.environ, "HOME": str(home)}
        log = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
        places = [(ours, 3), (theirs, 4), (log, 1), (log, 2)]
        actions = [(os.POSIX_SPAWN_DUP2, *place) for place in places]
        self._pid = os.posix_spawn(shutil.which("chromium"), arguments, environment, file_actions=actions, setpgroup=0)
        for descriptor in (ours, theirs, log):
            os.close(descriptor)
        self._to, self._from = to, back
        self._received, self._number = b"", 0
        self._open = self._page()

    def _page(self, **more):
        target = self._call("Target.createTarget", url=EMPTY, **more)["targetId"]
        return self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def ask(self, url, picture=None):
        """Load a URL in the page that stays open, and keep a picture of it; return the status and its address."""
        return self._load(self._open, url, picture)

    def visit(self, url, picture=None):
        """Load a URL as a new visitor: without cache, connections or memory of other visits."""
        context = self._call("Target.createBrowserContext")["browserContextId"]
        try:
            return self._load(self._page(browserContextId=context), url, picture)
        finally:
            self._call("Target.disposeBrowserContext", browserContextId=context)

    def _load(self, page, url, picture):
        # What is asked next must not be the page before, which may be the same one.
        self._call("Page.navigate", page=page, url=EMPTY)
        self._loaded(page, lambda address: address == EMPTY)
        self._call("Page.navigate", page=page, url=url)
        found = self._loaded(page, lambda address: address != EMPTY)
        if picture:
            picture.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", page=page)["data"]))
        return found

    def _loaded(self, page, expected):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            asked = f"JSON.stringify([document.readyState, ...{STATUS}])"
            answer = self._call("Runtime.evaluate", page=page, expression=asked).get("result", {})
            state, status, address = json.loads(answer.get("value", '["", 0, ""]'))
            if state == "complete" and expected(address):
                return status, address
            time.sleep(0.1)
        return 0, ""

    def _call(self, method, page=None, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        os.write(self._to, json.dumps(message | ({"sessionId": page} if page else {})).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            pass
        return answer.get("result", {})

    def _next(self):
        while b"\0" not in self._received:
            assert select.select([self._from], [], [], PATIENCE)[0], "Chromium does not answer"
            data = os.read(self._from, 1 << 20)
            assert data, "Chromium has ended"
            self._received += data
        first, _, self._received = self._received.partition(b"\0")
        return json.loads(first)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._to)
        os.close(self._from)


class Firefox:
    """Debian's Firefox: one page that stays open."""

    photographs = True

    def __init__(self, folder, proxy, ca_file, port):
        profile = folder / "profile"
        profile.mkdir()
        trust(profile, ca_file)
        host, _, number = proxy.rpartition("//")[2].rpartition(":")
        preferences = {"marionette.port": port, "network.proxy.type": 1}
        for kind in ("http", "ssl"):
            preferences |= {f"network.proxy.{kind}": host, f"network.proxy.{kind}_port": int(number)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
        (profile / "user.js").write_text("".join(lines))
        command = [
            "firefox-esr",
            "--headless",
            "--marionette",
            "--profile",
            str(profile),
            "--width=900",
            "--height=600",
        ]
        environment = {**os.environ, "HOME": str(folder)}
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        self._socket, self._number = self._connected(port), 0
        self._file = self._socket.makefile("rb")
        self._receive()
        self._call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})

    def _connected(self, port):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            except OSError:
                assert time.monotonic() < end, "Firefox does not listen"
                time.sleep(0.2)

    def ask(self, url, picture=None):
        """Load a URL in the page, and keep a picture of it; return the status and its address."""
        if self._call("WebDriver:Navigate", {"url": url}) is None:
            found = 0, url
        else:
            found = self._call("WebDriver:ExecuteScript", {"script": f"return {STATUS}", "args": []})["value"]
        if picture:
            data = self._call("WebDriver:TakeScreenshot", {"full": False})["value"]
            picture.write_bytes(base64.b64decode(data))
        return tuple(found)

    def _call(self, method, parameters):
        """Return the answer, None for an error."""
        self._number += 1
        text = json.dumps([0, self._number, method, parameters])
        self._socket.sendall(f"{len(text)}:{text}".encode())
        _, _, error, result = self._receive()
        return None if error else result

    def _receive(self):
        length = b""
        while (character := self._file.read(1)) != b":":
            assert character, "Firefox has ended"
            length += character
        return json.loads(self._file.read(int(length)))

    def close(self):
        self._file.close()
        self._socket.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def trust(store, ca_file):
    """Make a database of certificates that trusts an authority."""
    where = ["-d", f"sql:{store}"]
    subprocess.run(["certutil", "-N", "--empty-password", *where], check=True)
    subprocess.run(["certutil", "-A", "-t", "C,,", "-n", "breakable", "-i", ca_file, *where], check=True)
