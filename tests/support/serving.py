"""A server of a test that ends with it, whether the test passes or fails."""

import contextlib
import threading


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
