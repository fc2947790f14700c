"""The one-command stack as a process of its own: Ctrl-C, a second Ctrl-C, SIGKILL, a taken port."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.process_table import processes, running

ROOT = Path(__file__).resolve().parents[2]

STACK = """
import sys
from pathlib import Path
from portal.child import Child
from portal.data_lock import lock_folder
from portal.stack import keep_up

folder = Path(sys.argv[1])
polite = "import time; time.sleep(600)"
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
parent = "import subprocess; print(subprocess.Popen(['sleep', '601']).pid, flush=True); import time; time.sleep(600)"
line_up = [
    Child("polite", (sys.executable, "-c", polite)),
    Child("parent", (sys.executable, "-c", parent), ready=lambda: (folder / "log/parent.log").exists()),
    Child("last", (sys.executable, "-c", deaf if sys.argv[2] == "stubborn" else polite), grace=60),
]
with lock_folder(folder, patience=6) as lock:
    sys.exit(keep_up(line_up, lambda: print("told", flush=True), out=sys.stdout, logs=folder / "log", held_open=[lock]))
"""

QUEUE = """
import os, time
from dramatiq import actor, set_broker
from dramatiq.brokers.redis import RedisBroker
from pathlib import Path

set_broker(RedisBroker(url=os.environ["TOY_REDIS"]))
mark = Path(os.environ["TOY_MARK"])

@actor
def slow():
    mark.with_suffix(".begun").touch()
    time.sleep(1.5)
    mark.touch()

@actor
def quick():
    pass
"""

QUEUE_STACK = """
import os, sys
from pathlib import Path
from portal.child import Child
from portal.ports import redis_probe
from portal.redis_server import choose_redis
from portal.stack import keep_up

folder, port = Path(sys.argv[1]), int(sys.argv[2])
redis = choose_redis(None, port=port, folder=folder / "redis")
redis.folder.mkdir(parents=True)
os.environ |= {"TOY_REDIS": redis.url, "TOY_MARK": str(folder / "mark"), "PYTHONPATH": str(folder)}
line_up = [
    Child("redis", redis.command, ready=redis_probe(port)),
    Child("workers", (sys.executable, "-m", "dramatiq", "toy_queue", "--processes", "2", "--threads", "1"), grace=30),
]

def story():
    sys.path.insert(0, str(folder))
    import toy_queue
    toy_queue.slow.send()
    print("told", flush=True)

sys.exit(keep_up(line_up, story, out=sys.stdout, logs=folder / "log"))
"""


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.02)


def session_of(stack):
    """Process ids of the stack's children, their group members and the guardian."""
    table = processes()
    leaders = {process.pid for process in table if process.parent == stack.pid}
    return {process.pid for process in table if process.group in leaders}


@pytest.fixture
def start(tmp_path):
    stacks, everybody = [], set()

    def start_and_listen(script, *arguments):
        stack = subprocess.Popen(
            [sys.executable, "-u", "-c", script, str(tmp_path), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        stacks.append(stack)
        heard = []
        for line in stack.stdout:
            heard.append(line)
            if line == "told\n":
                everybody.update(session_of(stack))
                return stack
        raise AssertionError("".join(heard))

    yield start_and_listen
    for stack in stacks:
        stack.kill()
        stack.communicate()
    until(lambda: not running(everybody))


def test_ctrl_c_stops_everything_cleanly(start):
    stack = start(STACK, "polite")
    everybody = session_of(stack)
    assert len(everybody) == 5
    stack.send_signal(signal.SIGINT)
    said, _ = stack.communicate(timeout=20)
    assert stack.returncode == 0
    assert said.splitlines()[-1].endswith("stopped")
    assert "killed" not in said
    assert not running(everybody)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_end_from_outside_is_as_good_as_ctrl_c(start, number):
    stack = start(STACK, "polite")
    everybody = session_of(stack)
    stack.send_signal(number)
    stack.communicate(timeout=20)
    assert stack.returncode == 0
    assert not running(everybody)


def test_a_second_ctrl_c_does_not_wait_for_the_stubborn(start, tmp_path):
    stack = start(STACK, "stubborn")
    everybody = session_of(stack)
    until((tmp_path / "log" / "last.log").exists)
    stack.send_signal(signal.SIGINT)
    assert any("stopping" in line for line in stack.stdout)
    stack.send_signal(signal.SIGINT)
    said, _ = stack.communicate(timeout=10)
    assert stack.returncode == 0
    assert "last had to be killed" in said
    assert not running(everybody)


@pytest.mark.parametrize("last", ["polite", "stubborn"])
def test_sigkill_of_the_stack_ends_its_children_within_five_seconds(start, last):
    stack = start(STACK, last)
    everybody = session_of(stack)
    stack.kill()
    stack.wait()
    until(lambda: not running(everybody), seconds=5.0)


def test_the_next_stack_waits_for_the_children_of_a_killed_one(start):
    stack = start(STACK, "stubborn")
    everybody = session_of(stack)
    stack.kill()
    start(STACK, "polite")
    assert not running(everybody)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def queue_stack(start, tmp_path):
    (tmp_path / "toy_queue.py").write_text(QUEUE)
    stack = start(QUEUE_STACK, str(free_port()))
    everybody = session_of(stack)
    until((tmp_path / "mark.begun").exists)
    return stack, everybody | session_of(stack)


def test_ctrl_c_lets_a_running_job_finish(queue_stack, tmp_path):
    stack, everybody = queue_stack
    stack.send_signal(signal.SIGINT)
    said, _ = stack.communicate(timeout=30)
    assert stack.returncode == 0, said
    assert (tmp_path / "mark").exists()
    assert not running(everybody)


def test_sigkill_of_the_stack_leaves_no_dramatiq_worker_behind(queue_stack):
    stack, everybody = queue_stack
    assert len(everybody) >= 5
    stack.kill()
    stack.wait()
    until(lambda: not running(everybody), seconds=5.0)


TAKEN = """
import sys
from pathlib import Path
from types import SimpleNamespace
from portal.stack import run

taken = int(sys.argv[2])
ports = dict(winplc_port=taken + 1, mail_page_port=taken + 2, smtp_port=taken + 3, redis_port=taken + 4)
ports |= dict(mitid_port=taken + 5, mitid_issuer="")
folder = Path(sys.argv[1])
sys.exit(run(SimpleNamespace(data_dir=folder, database_url="x", redis_url=None, api_port=taken, **ports)))
"""


def test_a_taken_port_is_named_with_the_variable_that_changes_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-c", TAKEN, str(tmp_path), str(port)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert ended.returncode == 2, ended.stderr
    expected = f"Port {port} is taken by another program. Free it, or choose another: PORTAL_API_PORT=<port>."
    assert expected in ended.stdout.splitlines()
