"""Several clients of one process that are seen as one: those that share a Prometheus registry or a meter provider."""

import threading

from s3_failover.client import locks
from s3_failover.metrics.recorder import Gauges, Recorder, merged


class Panel:
    """The recorders of the open clients."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, Recorder] = {}
        locks.call_after_fork(self)

    def after_fork(self) -> None:
        """Take a new lock, which is free."""
        self._lock = threading.Lock()

    def add(self, recorder: Recorder) -> None:
        """Count a recorder in, once."""
        with self._lock:
            self._open[id(recorder)] = recorder

    def remove(self, recorder: Recorder) -> None:
        """Count a recorder out."""
        with self._lock:
            self._open.pop(id(recorder), None)

    def gauges(self) -> Gauges:
        """Return the gauges of all together."""
        with self._lock:
            recorders = list(self._open.values())
        return merged(recorder.gauges() for recorder in recorders)
