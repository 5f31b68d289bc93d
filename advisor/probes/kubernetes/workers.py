"""A few threads that work through a list of jobs, and stop at once when told to."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable

Job = Callable[[], None]


class Workers:
    """Runs jobs on daemon threads, so that an interrupt never waits for an open connection."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._stopped = threading.Event()

    def pause(self, seconds: float) -> bool:
        """Wait; True at once when the work was stopped."""
        return self._stopped.wait(seconds)

    def run(self, jobs: Iterable[Job]) -> None:
        """Every job, started in order. A job's error is raised here once the others are done."""
        waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in jobs:
            waiting.put(job)
        errors: list[BaseException] = []
        workers = [
            threading.Thread(target=self._work, args=(waiting, errors), daemon=True)
            for _ in range(self._threads)
        ]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                worker.join()
        except BaseException:
            self._stopped.set()
            raise
        if errors:
            raise errors[0]

    def _work(self, waiting: queue.SimpleQueue[Job], errors: list[BaseException]) -> None:
        while not self._stopped.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                job()
            except BaseException as error:
                errors.append(error)
