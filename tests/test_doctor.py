"""`stairway doctor`: one line for each thing that it looks at."""

import re
import subprocess

from machines import PASS
from stairway import Steps

LINE = re.compile(r"(ok|warning|failed) +(file system|sync|room|clock|open files|memory|data): (.+)")


def doctor(executable, *arguments):
    told = subprocess.run(
        [executable, "doctor", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    lines = [LINE.fullmatch(line) for line in told.stdout.splitlines()]
    assert all(lines) and not told.stderr, told
    return told.returncode, {line.group(2): (line.group(1), line.group(3)) for line in lines}


def test_each_thing_is_looked_at_and_nothing_is_left_behind(executable, tmp_path):
    _, found = doctor(executable, "--data-dir", tmp_path / "data", "--syncs", 20)
    assert set(found) == {"file system", "sync", "room", "clock", "open files", "memory", "data"}
    assert re.match(r"20 syncs, p50 [\d.]+ ms, p99 [\d.]+ ms", found["sync"][1])
    assert found["data"] == ("ok", f"there is none in `{tmp_path / 'data'}` yet")
    assert list(tmp_path.iterdir()) == []


def test_data_in_use_is_left_alone_and_otherwise_read(executable, server):
    Steps(server).run(PASS)
    _, found = doctor(executable, "--data-dir", server.data_dir, "--syncs", 5)
    assert found["data"][0] == "ok" and "a server works on it" in found["data"][1]
    server.stop()
    _, found = doctor(executable, "--data-dir", server.data_dir, "--syncs", 5)
    assert found["data"][0] == "ok" and found["data"][1].startswith("format 2, ")


def test_damage_fails_the_examination(executable, server):
    Steps(server).run(PASS)
    server.stop()
    log = server.data_dir / "log-0000000001"
    content = bytearray(log.read_bytes())
    content[520] ^= 1
    log.write_bytes(content)
    code, found = doctor(executable, "--data-dir", server.data_dir, "--syncs", 5)
    assert code == 1 and found["data"][0] == "failed" and "`log-0000000001` at byte 512" in found["data"][1]


def test_too_few_files_fail_the_examination(executable, tmp_path):
    command = f'ulimit -n 200; exec "{executable}" doctor --data-dir "{tmp_path}" --syncs 5'
    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert told.returncode == 1 and "failed   open files: at most 200; each connection is one" in told.stdout
