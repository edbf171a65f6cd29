#!/usr/bin/python3
"""Searches for a history that ends badly, and prints the shortest one; or replays one. README.md says more.

  simulate.py search [--histories N] [--seed N] [--jobs N] [--subject WORD]
  simulate.py replay FILE

Programs and libraries are those of BARMAN_BIN_DIR and BARMAN_TORTURE_DIR.
"""

import argparse
import json
import logging
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
import traceback

import hypothesis

import history
import host
import steps

CHUNK = 25  # histories that one seed stands for


def place(base=None):
    return history.Place(base, os.path.realpath(os.environ["BARMAN_BIN_DIR"]), os.path.realpath(os.environ["BARMAN_TORTURE_DIR"]))


def show(options, taken):
    """A history as it is read by replay: a line of options, then a line for each step."""
    return "\n".join(json.dumps(one) for one in [options] + [[name, arguments] for name, arguments in taken])


def search(task):
    """Some histories of one seed: (histories, steps, programs run, None or the shortest failure)."""
    seed, count, subject, known, base = task
    host.become_subreaper()
    here, failures = place(base), []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=count, database=None, deadline=None, report_multiple_bugs=False, print_blob=False,
                         phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink], suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(history.options, steps.strategy(history.SUBJECTS[subject]))
    def all_goes_well(options, taken):
        try:
            here.run(options, taken)
        except host.Violation as violation:
            if known and re.search(known, str(violation)):
                return
            failures.append((options, taken, str(violation)))
            raise
        except Exception:  # of this simulation: as good a failure, and told with its history
            failures.append((options, taken, traceback.format_exc()))
            raise

    try:
        all_goes_well()
    except Exception:
        if not failures:
            raise
        shortest = min(reversed(failures), key=lambda failure: len(failure[1]))  # of equals, the last is the simplest
        return seed, subject, here.histories, here.steps, here.runs, shortest
    return seed, subject, here.histories, here.steps, here.runs, None


def complain(seed, subject, failure):
    options, taken, violation = failure
    name = "simulation-%d-%s.history" % (seed, subject)
    path = os.path.join(os.environ.get("SIMULATION_RESULTS", os.environ.get("TMPDIR", "/tmp")), name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(show(options, taken) + "\n")
    print("FAILED: seed %d, %s: %s" % (seed, subject, violation))
    print("The shortest history that was found, with %s:" % (options or "the default options"))
    for one in taken:
        print("  " + steps.text(*one))
    print("Again: tests/simulation/simulate.py replay %s" % path, flush=True)


def scratch():
    """A directory in memory, if there is enough of it."""
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and os.statvfs(memory).f_bavail * os.statvfs(memory).f_frsize > 2 << 30
    return tempfile.TemporaryDirectory(prefix="barman-simulation.", dir=memory if roomy else None, ignore_cleanup_errors=True)


def run_search(arguments):
    subjects = [arguments.subject] if arguments.subject else list(history.SUBJECTS)
    chunks = -(-arguments.histories // CHUNK)
    began = time.monotonic()
    total, failed, chunks_done = [0, 0, 0], 0, 0
    with scratch() as base, multiprocessing.get_context("fork").Pool(arguments.jobs, signal.signal, (signal.SIGTERM, signal.SIG_DFL), 20) as pool:
        tasks = [(arguments.seed * 100000 + i, CHUNK, subjects[i % len(subjects)], arguments.known, base) for i in range(chunks)]
        for seed, subject, *counts, failure in pool.imap_unordered(search, tasks):
            total = [a + b for a, b in zip(total, counts)]
            chunks_done += 1
            if chunks_done % (1000 // CHUNK) == 0:
                print("%d histories after %.0f seconds" % (total[0], time.monotonic() - began), flush=True)
            if failure:
                failed += 1
                complain(seed, subject, failure)
                if failed >= arguments.failures:
                    break
    seconds = time.monotonic() - began
    print("%d histories, %d steps, %d programs run in %.0f seconds (%.0f steps a second); violations: %d" % (
        *total, seconds, total[1] / seconds, failed))
    return 1 if failed else 0


def speak(life):
    """Prints what each program of a life says."""
    run = life.site.run

    def loudly(*arguments, **options):
        result = run(*arguments, **options)
        print("$ %s\n%s(status %d)" % (result.line, result.text, result.status))
        return result

    life.site.run = loudly


def run_replay(arguments):
    host.become_subreaper()
    with open(arguments.file, encoding="utf-8") as lines:
        options, *taken = [json.loads(line) for line in lines if line.strip()]
    try:
        with scratch() as base:
            place(base).run(options, taken, speak if arguments.verbose else None)
    except host.Violation as violation:
        print("FAILED: %s" % violation)
        return 1
    print("the history ends well")
    return 0


def main():
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    searching = verbs.add_parser("search")
    searching.add_argument("--histories", type=int, default=200)
    searching.add_argument("--seed", type=int, default=1)
    searching.add_argument("--jobs", type=int, default=os.cpu_count())
    searching.add_argument("--subject", choices=history.SUBJECTS)
    searching.add_argument("--failures", type=int, default=1, help="stop after so many")
    searching.add_argument("--known", help="a history that ends with a violation like this (a regular expression) counts as ended")
    searching.set_defaults(run=run_search)
    replaying = verbs.add_parser("replay")
    replaying.add_argument("file")
    replaying.add_argument("--verbose", action="store_true", help="print what each program says")
    replaying.set_defaults(run=run_replay)
    arguments = parser.parse_args()
    sys.exit(arguments.run(arguments))


if __name__ == "__main__":
    main()
