"""A server of a test that ends with it, whether the test passes or fails."""

import contextlib
import threading


class TlsServer:
    """Mixed into a server of sockets: it speaks TLS where it has a context, and bears with clients that give up."""

    tls = None

    def get_request(self):
        raw, address = super().get_request()
        if self.tls:
            # The handshake happens in the handler's thread, at the first read.
            raw = self.tls.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        return raw, address

    def handle_error(self, *_):
        """Say nothing of clients that give up."""


@contextlib.contextmanager
def serving(server):
    """Serve in a thread while the block runs, then close the server; yields the server."""
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
