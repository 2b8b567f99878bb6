"""Programs that fetch URLs as viewers do, each through `s3-failover local proxy`: by a URL they give a status."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browsers import Chromium, Firefox
from resolvers import free_port

from breakable_aws import node

PROGRAMS = Path(__file__).parents[1] / "parts" / "programs"
PACKAGES = "S3_FAILOVER_PARTS"
"""The environment variable that names the directory with the packages of PyPI; `make test-long-parts` sets it."""


def needed(*programs, package):
    """Skip where a program is missing; return the path of the last one."""
    for program in programs:
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"{program} is not installed (Debian: {package})")
    return found


def packages():
    """Return the directory with the packages of PyPI, or skip."""
    found = os.environ.get(PACKAGES)
    if not found:
        pytest.skip(f"{PACKAGES} is not set: `make test-long-parts` installs the packages, and sets it")
    return found


class Fed:
    """A program that reads URLs, and prints a status for each one."""

    def __init__(self, command, environment, log):
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )

    def ask(self, url):
        self._process.stdin.write(url + "\n")
        self._process.stdin.flush()
        status, _, what = self._process.stdout.readline().strip().partition(" ")
        return int(status or 0), what

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()
        self._log.close()


def environment(proxy, ca_file):
    """The environment of a program that takes the proxy and the authority from there."""
    ours = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "http_proxy": proxy, "https_proxy": proxy}
    ours |= {"SSL_CERT_FILE": ca_file, "REQUESTS_CA_BUNDLE": ca_file, "NODE_EXTRA_CA_CERTS": ca_file}
    return {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"} | ours


def python_library(library):
    def start(folder, proxy, ca_file):
        own = environment(proxy, ca_file) | {"PYTHONPATH": packages()}
        return Fed([sys.executable, str(PROGRAMS / "viewer.py"), library], own, folder / "output")

    return start


def java(protocol):
    def start(folder, proxy, ca_file):
        needed("keytool", "javac", "java", package="default-jdk-headless")
        store, secret = str(folder / "trust.p12"), "changeit"
        imported = ["keytool", "-importcert", "-noprompt", "-alias", "breakable", "-file", ca_file]
        subprocess.run([*imported, "-keystore", store, "-storepass", secret], check=True, capture_output=True)
        host, _, port = proxy.rpartition("//")[2].rpartition(":")
        options = {
            f"{scheme}.proxy{name}": value
            for scheme in ("http", "https")
            for name, value in (("Host", host), ("Port", port))
        }
        options |= {"javax.net.ssl.trustStore": store, "javax.net.ssl.trustStorePassword": secret}
        settings = [f"-D{name}={value}" for name, value in options.items()]
        return Fed(["java", *settings, str(PROGRAMS / "Viewer.java"), protocol], None, folder / "output")

    return start


def node_fetch(folder, proxy, ca_file):
    # The Node.js of the project's own environment: Debian's knows no proxy from the environment.
    own = environment(proxy, ca_file) | {"NODE_USE_ENV_PROXY": "1"}
    return Fed([str(node.find()), "--no-warnings", str(PROGRAMS / "viewer.mjs")], own, folder / "output")


class Curl:
    """curl, anew for each URL."""

    def __init__(self, folder, proxy, ca_file):
        command = [needed("curl", package="curl"), "--silent", "--location", "--max-time", "30", "--noproxy", ""]
        command += ["--output", str(folder / "body"), "--write-out", "%{http_code} %{url_effective}"]
        self._command = [*command, "--proxy", proxy, "--cacert", ca_file]

    def ask(self, url):
        found = subprocess.run([*self._command, url], capture_output=True, text=True, check=False)
        status, _, what = found.stdout.partition(" ")
        return int(status), what

    def close(self):
        pass


class OpenChromium(Chromium):
    """A page of Chromium that stays open, loaded again and again."""

    def __init__(self, folder, proxy, ca_file):
        needed("certutil", package="libnss3-tools")
        needed("chromium", package="chromium")
        super().__init__(folder, proxy, ca_file)


class NewChromium(OpenChromium):
    """A new visit with Chromium each time."""

    ask = Chromium.visit


class OpenFirefox(Firefox):
    """A page of Firefox that stays open, loaded again and again."""

    def __init__(self, folder, proxy, ca_file):
        needed("certutil", package="libnss3-tools")
        needed("firefox-esr", package="firefox-esr")
        super().__init__(folder, proxy, ca_file, free_port())
