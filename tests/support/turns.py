"""Threads that run one at a time, from one turn to the next, in an order that a dealer decides: races on demand."""

import threading


class CrashError(BaseException):
    """The end of an invocation, wherever it is: no `except Exception` sees it."""


class Turns:
    """Lets the thread run whose turn it is, until it waits for its next one."""

    def __init__(self):
        self._condition = threading.Condition()
        self._running = {}
        self._waiting = {}
        self._turn = None
        self._doomed = set()
        self._over = False

    def wait(self, name, ready=lambda: True):
        """Block a thread until its turn, which comes only when it is ready.

        A thread's own helpers run while it has its turn.
        """
        if threading.current_thread() is not self._running[name]:
            return
        with self._condition:
            self._waiting[name] = ready
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._over or self._turn == name)
            self._turn = None
            del self._waiting[name]
            if self._over:
                raise CrashError
            if name in self._doomed:
                self._doomed.remove(name)
                raise CrashError

    def play(self, parts, deal):
        """Run a function for each name, which gets the name, and deal out turns until all have returned.

        Args:
            parts: the functions by name.
            deal: gets the names that are ready, and returns one of them and whether it is the end of its work.
        """
        errors = []

        def run(name, act):
            try:
                self.wait(name)
                act(name)
            except BaseException as error:
                errors.append(error)
            finally:
                with self._condition:
                    del self._running[name]
                    self._condition.notify_all()

        threads = {name: threading.Thread(target=run, args=(name, act), daemon=True) for name, act in parts.items()}
        self._running.update(threads)
        for thread in threads.values():
            thread.start()
        try:
            self._deal_out(deal)
        finally:
            with self._condition:
                self._over = True
                self._condition.notify_all()
            for thread in threads.values():
                thread.join()
        if errors:
            raise errors[0]

    def _deal_out(self, deal):
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._turn is None and set(self._waiting) == set(self._running))
                if not self._running:
                    return
                name, doomed = deal(sorted(each for each, ready in self._waiting.items() if ready()))
                if doomed:
                    self._doomed.add(name)
                self._turn = name
                self._condition.notify_all()
