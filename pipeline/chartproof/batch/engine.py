"""Run charts through ``ChartProcess``: in this process, or in several of this machine."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from chartproof.batch.process import ChartProcess, Done, Failed, Options
from chartproof.model import Chart
from chartproof.readers import Unreadable

Task = tuple[Chart, tuple[Unreadable, ...]]

_process: ChartProcess | None = None


def run_tasks(tasks: Iterable[Task], options: Options, workers: int) -> Iterator[Done | Failed]:
    """The results of charts, in the order of the charts.

    Args:
        tasks: charts, each with what of it could not be read; taken as they are needed.
        workers: processes; 1 stays in this one. Each loads the patterns once and takes several hundred MB.
    """
    if workers <= 1:
        process = ChartProcess(options)
        for chart, unread in tasks:
            yield process(chart, unread)
        return
    ChartProcess(options)  # wrong patterns or policies are told here, not by a pool that dies
    pool = _pool(options, workers)
    waiting: deque[tuple[str, Future[Done | Failed]]] = deque()
    try:
        for chart, unread in tasks:
            try:
                future = pool.submit(_work, chart, unread)
            except BrokenProcessPool:
                pool = _pool(options, workers)
                future = pool.submit(_work, chart, unread)
            waiting.append((chart.chart_id, future))
            if len(waiting) >= 4 * workers:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(options: Options, workers: int) -> ProcessPoolExecutor:
    # A forked process may inherit a lock that a thread of its parent holds.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, (options,))


def _start(options: Options) -> None:
    global _process
    _process = ChartProcess(options)


def _work(chart: Chart, unread: tuple[Unreadable, ...]) -> Done | Failed:
    assert _process is not None
    return _process(chart, unread)


def _result(chart_id: str, future: Future[Done | Failed]) -> Done | Failed:
    try:
        return future.result()
    except BrokenProcessPool:
        return Failed(chart_id, "process", "a worker process ended, perhaps for want of memory; try fewer workers")
