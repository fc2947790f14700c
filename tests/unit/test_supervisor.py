"""The supervisor with toy children: order, readiness, restart, stop."""

import io
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from portal.child import Child
from portal.console import Console
from portal.data_lock import FolderInUseError, lock_folder
from portal.guardian import is_alive, still_guarded
from portal.supervisor import StackFailedError, Supervisor, ending, restart_delay
from tests.process_table import running

SLEEPER = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)")


def until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def console(tmp_path, out):
    console = Console(out, tmp_path / "log")
    yield console
    console.close()


def python(code):
    return (sys.executable, "-c", code)


def test_the_delay_doubles_up_to_five_seconds():
    assert [restart_delay(deaths) for deaths in range(1, 8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_an_ending_is_told_in_words():
    assert ending(3) == "exit code 3"
    assert ending(-9) == "SIGKILL"
    assert ending(-4000) == "signal 4000"


def test_a_folder_is_held_by_one_stack_at_a_time(tmp_path):
    with lock_folder(tmp_path), pytest.raises(FolderInUseError, match="another stack works in"):
        lock_folder(tmp_path, patience=0).__enter__()
    with lock_folder(tmp_path, patience=0):
        pass


def test_the_guardian_remembers_whom_the_supervisor_left_behind():
    assert still_guarded(["+11\n", "+12\n", "-11\n", "-99\n"]) == {12}


def test_each_child_starts_when_the_one_before_is_ready(console, tmp_path):
    mark = tmp_path / "mark"
    first = python(f"import time; time.sleep(0.3); open({str(mark)!r}, 'w').close(); time.sleep(600)")
    second = python(f"import os, time; print(os.path.exists({str(mark)!r}), flush=True); time.sleep(600)")
    children = [Child("first", first, ready=mark.exists), Child("second", second)]
    with Supervisor(children, console) as supervisor:
        supervisor.wait_until_ready()
        until(lambda: console.latest("second"))
        assert console.latest("second") == ["True"]


def test_a_child_that_does_one_job_ends_before_the_next_starts_and_runs_once(console):
    job = Child("job", python("import time; time.sleep(0.2); print('done', flush=True)"), restart=False)
    with Supervisor([job, Child("next", SLEEPER)], console) as supervisor:
        supervisor.wait_until_ready()
        assert console.latest("job") == ["done"]
        assert set(supervisor.pids()) == {"next", "guardian"}


def test_a_killed_child_is_started_again_and_said_to_be_ready(console, out):
    with Supervisor([Child("sleeper", SLEEPER)], console) as supervisor:
        supervisor.wait_until_ready()
        before = supervisor.pids()["sleeper"]
        os.kill(before, signal.SIGKILL)
        until(lambda: supervisor.pids().get("sleeper", before) != before)
        until(lambda: "sleeper is ready again" in out.getvalue())
    assert "sleeper ended by SIGKILL; starting it again in 0.2 s" in out.getvalue()


def test_what_a_dead_child_leaves_in_its_group_is_gone_before_it_starts_again(console, tmp_path):
    pids = tmp_path / "pids"
    code = (
        "import subprocess, time\n"
        "left = subprocess.Popen(['sleep', '600'])\n"
        f"print(left.pid, file=open({str(pids)!r}, 'a'), flush=True)\n"
        "time.sleep(600)"
    )
    with Supervisor([Child("parent", python(code), ready=pids.exists)], console) as supervisor:
        supervisor.wait_until_ready()
        until(lambda: pids.read_text().endswith("\n"))
        os.kill(supervisor.pids()["parent"], signal.SIGKILL)
        until(lambda: len(pids.read_text().split()) == 2)
        first, second = (int(pid) for pid in pids.read_text().split())
        assert running({first, second}) == {second}
    assert not running({second})


def test_a_child_that_keeps_dying_raises_an_alarm_and_is_still_tried(console, out, tmp_path):
    count = tmp_path / "count"
    code = f"open({str(count)!r}, 'a').write('x'); import time; time.sleep(600)"
    moment = [0.0]
    with Supervisor([Child("weak", python(code))], console, clock=lambda: moment[0]) as supervisor:
        supervisor.wait_until_ready()
        for death in range(1, 11):
            until(lambda died=death: count.exists() and len(count.read_text()) == died)
            os.kill(supervisor.pids()["weak"], signal.SIGKILL)
            until(lambda died=death: out.getvalue().count("starting it again") == died)
            moment[0] += 5.0
        assert "weak died 10 times within a minute; still trying" in out.getvalue()
        until(lambda: len(count.read_text()) == 11)
    assert out.getvalue().count("in 5.0 s") == 5


@pytest.mark.parametrize("restart", [True, False])
def test_a_child_that_gives_up_at_its_first_start_fails_the_stack_with_its_last_words(console, restart):
    broken = Child("broken", python("print('no such setting'); exit(3)"), ready=lambda: False, restart=restart)
    with Supervisor([broken, Child("never", SLEEPER)], console) as supervisor:
        with pytest.raises(StackFailedError, match=r"broken ended with exit code 3(.|\n)*no such setting"):
            supervisor.wait_until_ready()
        assert "never" not in supervisor.pids()


def test_a_child_that_is_never_ready_fails_the_stack(console):
    slow = Child("slow", SLEEPER, ready=lambda: False, patience=0.3)
    with Supervisor([slow], console) as supervisor, pytest.raises(StackFailedError, match="slow was not ready"):
        supervisor.wait_until_ready()


def test_a_program_that_does_not_exist_fails_the_stack(console):
    absent = Child("absent", ("/no/such/program",), ready=lambda: False)
    expected = pytest.raises(StackFailedError, match="absent ended with exit code 127")
    with Supervisor([absent], console) as supervisor, expected:
        supervisor.wait_until_ready()


def test_children_stop_in_reverse_order_each_by_its_own_signal(console, tmp_path):
    told = tmp_path / "told"
    children = []
    for name, number in (("one", signal.SIGTERM), ("two", signal.SIGINT)):
        ready = tmp_path / name
        code = (
            "import signal, sys, time\n"
            f"def end(*_): open({str(told)!r}, 'a').write('{name} '); sys.exit()\n"
            f"signal.signal({int(number)}, end); open({str(ready)!r}, 'w').close(); time.sleep(600)"
        )
        children.append(Child(name, python(code), ready=ready.exists, stop_signal=number))
    with Supervisor(children, console) as supervisor:
        supervisor.wait_until_ready()
    assert told.read_text() == "two one "


@pytest.mark.parametrize(("grace", "hurried"), [(0.2, False), (60.0, True)])
def test_a_child_that_will_not_stop_is_killed(console, out, tmp_path, grace, hurried):
    mark = tmp_path / "mark"
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"open({str(mark)!r}, 'w').close(); time.sleep(600)"
    )
    stubborn = Child("stubborn", python(code), ready=mark.exists, grace=grace)
    with Supervisor([stubborn], console, hurry=lambda: hurried) as supervisor:
        supervisor.wait_until_ready()
        pid = supervisor.pids()["stubborn"]
    assert not is_alive(pid)
    assert "stubborn had to be killed" in out.getvalue()


def test_a_killed_guardian_is_replaced_and_knows_the_children(console, out):
    with Supervisor([Child("sleeper", SLEEPER)], console) as supervisor:
        supervisor.wait_until_ready()
        before = supervisor.pids()
        os.kill(before["guardian"], signal.SIGKILL)
        until(lambda: "the guardian was replaced" in out.getvalue())
        assert supervisor.pids()["guardian"] != before["guardian"]
        assert supervisor.pids()["sleeper"] == before["sleeper"]


def test_lines_are_kept_per_child_without_colours_and_shown_when_asked_for(out, tmp_path):
    folder = tmp_path / "log"
    for run in ("first", "second"):
        console = Console(out, folder)
        console.relay("api", b"\x1b[31m" + run.encode() + b"\x1b[0m \xe6\n")
        console.shows_children = True
        console.relay("api", b"shown\n")
        console.close()
    assert (folder / "api.log").read_text() == "second \ufffd\nshown\n"
    assert (folder / "api.log.1").read_text() == "first \ufffd\nshown\n"
    assert out.getvalue() == "api     | shown\n" * 2


class FullDisk(io.StringIO):
    def write(self, _text):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_once_and_lines_still_flow(console, out, monkeypatch):
    monkeypatch.setattr(Path, "open", lambda *_, **__: FullDisk())
    console.shows_children = True
    console.relay("api", b"one\n")
    console.relay("api", b"two\n")
    assert out.getvalue().count("api.log can no longer be written") == 1
    assert "api     | two" in out.getvalue()


def test_a_closed_terminal_does_not_stop_the_children_from_being_heard(tmp_path):
    console = Console(FullDisk(), tmp_path)
    console.say("hello")
    console.relay("api", b"one\n")
    console.close()
    assert (tmp_path / "api.log").read_text() == "one\n"
