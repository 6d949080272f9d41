"""A child process that reads what strangers wrote, and may die of it: the parent goes on.

The child has limits of memory, processor time and size of answer, no settings in its environment,
no network, and starts no program. It answers one request after another, each with lines that end
with an empty one; nothing of it is unpickled. A child that does not come to an end is killed, and
the next request starts a new one. It knows nothing of files: what is asked and answered is the
matter of the two sides that use it. Where a system has no such limit (macOS and memory), the time
limit is what holds.
"""

import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bot.errors import ReadingError

MEGABYTE = 1024 * 1024

# What the child gets of the parent's environment: enough to start Python and to spell file names
# as the parent does. Tokens, keys and addresses of databases stay behind.
_KEPT = ("PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONUTF8", "LANG", "LANGUAGE", "TMPDIR", "TZ")
# What no reader has any business with (names of Python's audit events).
_REFUSED = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system", "pty.")
_OPEN_FILES = 64
_WAIT = 4  # times the processor time: a machine that has other things to do is no bad file
_BLOCK = 1 << 16  # bytes


@dataclass(frozen=True)
class Limits:
    """What one request may cost: `memory` and `answer` in megabytes, `seconds` of processor time
    and as much more for each megabyte of its file. `most` things are taken from a file."""

    memory: int
    answer: int
    seconds: float = 30.0
    seconds_per_megabyte: float = 3.0
    most: int = 200_000

    def time_for(self, size: int) -> float:
        """Seconds of processor time for a file of `size` bytes."""
        return self.seconds + self.seconds_per_megabyte * size / MEGABYTE


class Confined:
    """The parent's side of a child that runs the program `module`. It starts when first asked.

    It serves one thread at a time. Use it with `with`, or `close` it.
    """

    def __init__(self, module: str, limits: Limits) -> None:
        self.limits = limits
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None  # what it writes to stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()  # closes the pipes
        if self._said is not None:
            self._said.close()
        self._child = self._said = None

    def ask(self, request: Mapping[str, object], seconds: float) -> Iterator[bytes]:
        """The lines of its answer, which may take `seconds` of processor time.

        `ReadingError` when it has no end. Whoever stops listening in the middle ends the child.
        """
        child = self._child or self._start()
        whole = False
        try:
            with suppress(BrokenPipeError):  # then there is nothing to be read, either
                _stdin(child).write(json.dumps({**request, "seconds": seconds}).encode() + b"\n")
                _stdin(child).flush()
            for line in self._lines(child, seconds):
                if not line:
                    whole = True
                    return
                yield line
        finally:
            if not whole:
                self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
        ours = {name: value for name, value in os.environ.items() if name in _KEPT}
        ours |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
        # Our own package first, and nothing that lies in the folder where the command was given.
        path = [str(Path(__file__).parents[1]), ours.get("PYTHONPATH", "")]
        ours["PYTHONPATH"] = os.pathsep.join(filter(None, path))
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", self._module, str(self.limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=ours,
        )
        return self._child

    def _lines(self, child: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
        """What the child writes, by line; only the time in which the parent waits is counted."""
        pipe = child.stdout
        assert pipe is not None  # asked for above
        rest, left, wait = bytearray(), self.limits.answer * MEGABYTE, seconds * _WAIT
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                began = time.monotonic()
                if not selector.select(max(wait, 0)):
                    raise ReadingError("files.time", limit=round(seconds))
                wait -= time.monotonic() - began
                block = os.read(pipe.fileno(), _BLOCK)
                if not block:
                    raise self._why(child, seconds)
                left -= len(block)
                if left < 0:
                    raise ReadingError("files.answer", limit=self.limits.answer)
                first, *others = block.split(b"\n")
                rest += first
                if others:
                    yield bytes(rest)
                    yield from others[:-1]
                    rest = bytearray(others[-1])

    def _why(self, child: subprocess.Popen[bytes], seconds: float) -> ReadingError:
        """The reason for which the child has ended by itself, or was ended by the system."""
        status = child.wait()
        said = self._last_words()
        if status == -signal.SIGXCPU:
            return ReadingError("files.time", limit=round(seconds))
        # The system kills the largest process when its memory is used up.
        if status == -signal.SIGKILL or "MemoryError" in said or "bad_alloc" in said:
            return ReadingError("files.memory", limit=self.limits.memory)
        if said.startswith("RecursionError"):
            return ReadingError("files.depth")
        return ReadingError("files.crashed", detail=said or _signal_name(-status))

    def _last_words(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


def _stdin(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdin is not None  # a pipe was asked for
    return child.stdin


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"{-number}"


def serve(answer: Callable[[Mapping[str, Any]], Iterable[bytes]]) -> None:
    """The child's side: answer requests until there are no more.

    `answer` yields lines that are not empty. What it does not catch ends the child, whose traceback
    ends with the reason.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # a library that prints does not print into the answer
        _confine(int(sys.argv[1]) * MEGABYTE)
        for line in sys.stdin.buffer:
            request = json.loads(line)
            _allow(request["seconds"])
            for each in answer(request):
                out.write(each + b"\n")
            out.write(b"\n")
            out.flush()


def _confine(memory: int) -> None:
    """Give up what reading does not need."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: MEGABYTE,  # what Python keeps of compiled modules, and stderr
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):  # the system has no such limit, or a lower one already
            resource.setrlimit(kind, (limit, limit))
    with suppress(OSError):  # Linux: when memory is short, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED) and event not in ("socket.__new__", "socket.gethostname"):
        raise PermissionError(f"a reader has no business with {event}")


def _allow(seconds: float) -> None:
    """Processor time from now on; past it, the system ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
