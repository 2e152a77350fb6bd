"""Test runner that records one outcome per test id as JSON lines."""

import json
import signal
import time
import traceback
import unittest

from django.test.runner import DiscoverRunner, iter_test_cases

from tests.django_suite import config
from tests.django_suite.scopes import scopes


class TestTimeout(Exception):
    pass


def _on_alarm(signum, frame):
    raise TestTimeout(f"no progress for {config.TEST_TIMEOUT:g} s")


def _arm():
    signal.setitimer(signal.ITIMER_REAL, config.TEST_TIMEOUT, 5)


def _disarm():
    signal.setitimer(signal.ITIMER_REAL, 0)


def _signals():
    from django.db.models import signals
    from django.dispatch import Signal

    # The classes of a twin, made when they are first used, connect their image fields to post_init.
    kept = (signals.class_prepared, signals.post_init)
    found = [value for value in vars(signals).values() if isinstance(value, Signal)]
    return [value for value in found if value not in kept]


class RecordingResult(unittest.TextTestResult):
    #: worst outcome wins when a test reports more than once
    RANK = {"passed": 0, "xfail": 0, "skipped": 1, "failed": 2, "error": 3}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.outcomes = {}
        self.class_outcomes = {}
        self._began = time.monotonic()

    # -- timing -----------------------------------------------------------
    def startTestRun(self):
        super().startTestRun()
        _arm()

    def stopTestRun(self):
        _disarm()
        super().stopTestRun()

    def startTest(self, test):
        self._receivers = [(sig, list(sig.receivers)) for sig in _signals()]
        _arm()
        scopes.io = 0
        scopes.flags = set()
        self._began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        entry = self.outcomes.get(test.id())
        if entry is not None:
            entry["io"] = scopes.io
            entry["flags"] = sorted(scopes.flags)
            entry["seconds"] = round(time.monotonic() - self._began, 4)
        # A test that failed half-way may have left its signal receivers, which
        # would make later tests fail.
        for signal_, receivers in self._receivers:
            if signal_.receivers != receivers:
                signal_.receivers = receivers
                signal_.sender_receivers_cache.clear()
        _arm()

    # -- outcomes ---------------------------------------------------------
    def _record(self, test, outcome, err=None, reason=""):
        entry = {"outcome": outcome, "reason": reason}
        if err is not None:
            exc_type, exc, tb = err
            entry["exc"] = exc_type.__name__
            entry["reason"] = str(exc)[:400]
            entry["tag"] = self._tag(exc)
            try:
                lines = traceback.format_exception(exc_type, exc, tb, limit=-12)
                entry["trace"] = "".join(lines)[-6000:]
            except Exception:  # noqa: BLE001 - an exception whose own text raises
                entry["trace"] = ""
        if isinstance(test, unittest.TestCase):
            old = self.outcomes.get(test.id())
            if old is None or self.RANK[outcome] > self.RANK[old["outcome"]]:
                self.outcomes[test.id()] = entry
        else:  # unittest.suite._ErrorHolder: "setUpClass (path.to.Class)"
            name = test.id()
            if "(" in name:
                name = name[name.index("(") + 1 : name.rindex(")")]
            self.class_outcomes.setdefault(name, entry)

    @staticmethod
    def _tag(exc):
        """The harness's own verdict, found anywhere on the exception chain."""
        seen = set()
        while exc is not None and id(exc) not in seen:
            seen.add(id(exc))
            tag = getattr(exc, "suite_tag", None)
            if tag:
                return tag
            exc = exc.__cause__ or exc.__context__
        return ""

    def addSuccess(self, test):
        super().addSuccess(test)
        self._record(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, "failed", err)

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, "error", err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped", reason=str(reason))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._record(test, "xfail")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._record(test, "failed", reason="unexpected success")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self._record(test, "failed" if failed else "error", err)


def _end_other_sessions():
    """A subject may leave connections open (say, in executor threads), and
    PostgreSQL then refuses to drop the test database.
    """
    from django.db import connections

    for conn in connections.all():
        if conn.vendor == "postgresql":
            with conn._nodb_cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND pid <> pg_backend_pid()",
                    [conn.settings_dict["NAME"]],
                )
            conn.close()


class RecordingRunner(DiscoverRunner):
    def get_resultclass(self):
        return RecordingResult

    def setup_databases(self, **kwargs):
        from tests.django_suite.scopes import stock as plumbing

        began = time.monotonic()
        with plumbing():
            result = super().setup_databases(**kwargs)
        self._setup_seconds = time.monotonic() - began
        return result

    def teardown_databases(self, old_config, **kwargs):
        from tests.django_suite.scopes import stock as plumbing

        with plumbing():
            _end_other_sessions()
            super().teardown_databases(old_config, **kwargs)

    def run_suite(self, suite, **kwargs):
        signal.signal(signal.SIGALRM, _on_alarm)
        planned = [(t.id(), type(t)) for t in iter_test_cases(suite)]
        began = time.monotonic()
        result = super().run_suite(suite, **kwargs)
        _disarm()
        self._write(planned, result, time.monotonic() - began)
        return result

    def _write(self, planned, result, seconds):
        if not config.OUT:
            return
        with open(config.OUT, "w") as out:
            for test_id, cls in planned:
                entry = result.outcomes.get(test_id)
                if entry is None:
                    name = f"{cls.__module__}.{cls.__qualname__}"
                    entry = result.class_outcomes.get(name)
                    if entry is None:
                        module = result.class_outcomes.get(cls.__module__)
                        entry = module or {
                            "outcome": "error",
                            "reason": "not run",
                            "exc": "NotRun",
                        }
                    entry = dict(entry, in_setup=True)
                out.write(json.dumps({"id": test_id, **entry}) + "\n")
            out.write(
                json.dumps(
                    {
                        "summary": True,
                        "seconds": round(seconds, 2),
                        "setup_seconds": round(self._setup_seconds, 2),
                    }
                )
                + "\n"
            )
