"""AWS's own clients for Python and Node, installed once with what uses them.

Here: under `target/function-clients` two deployed functions, each a folder with a handler and its
dependencies, and the JavaScript SDK with the program that calls it. What they should do is in
test_functions.py and test_clients.py.
INVARIANT: exact versions only; when they are there already, nothing is fetched.
"""

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "functions"
# What npm needs beside itself to build the runtime client: the program, and Debian's packages with it.
PROGRAMS = {"npm": ["nodejs", "npm"], "g++": ["g++"], "make": ["make"], "xz": ["xz-utils"]}
INSTALL_ATTEMPTS = 3


def python(target):
    """The folder of the Python function: handler, awslambdaric and dependencies side by side."""
    wanted = [sys.version.encode(), (SOURCES / "python" / "requirements.txt").read_bytes()]
    return installed(target, "python", wanted, install_python)


def sdk(target):
    """The folder of the JavaScript SDK: its program and node_modules."""
    need_programs("npm")
    wanted = [(SOURCES / "sdk" / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return installed(target, "sdk", wanted, install_sdk)


def node(target):
    """The folder of the Node function: handler and node_modules."""
    need_programs(*PROGRAMS)
    version = subprocess.run(["node", "--version"], check=True, capture_output=True).stdout
    wanted = [version, *((SOURCES / "node" / name).read_bytes() for name in ("package.json", "package-lock.json"))]
    return installed(target, "node", wanted, install_node)


def installed(target, language, wanted, install):
    folder = target / "function-clients" / language
    folder.parent.mkdir(parents=True, exist_ok=True)
    stamp = folder / "installed.sha256"
    fingerprint = hashlib.sha256(b"\0".join(wanted)).hexdigest()
    # Several test processes may come here at the same time: one installs, the others wait.
    with open(folder.parent / f"{language}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_there = stamp.exists() and stamp.read_text() == fingerprint
        if not is_there:
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SOURCES / language, folder, dirs_exist_ok=True, copy_function=renew)
        if not is_there:
            install(folder)
            stamp.write_text(fingerprint)
    return folder


def renew(source, target):
    """Copies what changed, whole at once: another test may be loading it."""
    if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
        shutil.copyfile(source, f"{target}.new")
        os.replace(f"{target}.new", target)


def install_python(folder):
    pip(folder, SOURCES / "python" / "requirements.txt")


def install_node(folder):
    tools = folder.parent / "tools"
    pip(tools, SOURCES / "python" / "tools.txt")
    cmake = tools / "cmake" / "data" / "bin"
    environment = os.environ | {"PATH": f"{cmake}{os.pathsep}{os.environ['PATH']}"}
    prefix = node_prefix()
    if (prefix / "include" / "node" / "node_api.h").exists():
        # Node's own headers, so that none are fetched.
        environment["npm_config_nodedir"] = str(prefix)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--foreground-scripts"]
    # The runtime client builds its native part now: a minute of compiling.
    run(command, cwd=folder, env=environment)


def install_sdk(folder):
    run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder)


def node_prefix():
    where = subprocess.run(["node", "-p", "process.execPath"], check=True, capture_output=True, text=True)
    return Path(where.stdout.strip()).resolve().parent.parent


def pip(folder, requirements):
    options = ["--quiet", "--disable-pip-version-check", "--upgrade", "--target", folder]
    run([sys.executable, "-m", "pip", "install", *options, "--requirement", requirements])


def need_programs(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    packages = [package for program in missing for package in PROGRAMS[program]]
    if packages:
        as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        for words in (["update", "--quiet"], ["install", "--yes", "--quiet", *packages]):
            subprocess.run([*as_root, "apt-get", *words], stdin=subprocess.DEVNULL, check=False)
    missing = [program for program in programs if shutil.which(program) is None]
    assert not missing, f"expected Node 20 with what its packages need, found no {', '.join(missing)}"


def run(command, **options):
    """Tries more than once: registries are far away."""
    for attempt in range(INSTALL_ATTEMPTS):
        time.sleep(5 * attempt)
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        if done.returncode == 0:
            return
    raise AssertionError(f"{command[0]} could not install what the tests need:\n{done.stdout[-4000:]}")


def invoke_program(root):
    """The example program that invokes functions line by line, built now; and the target folder."""
    words = ["--package", "stairway-functions", "--example", "invoke", "--message-format", "json"]
    built = subprocess.run(["cargo", "build", "--quiet", *words], cwd=root, check=True, capture_output=True, text=True)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "invoke":
            program = Path(message["executable"])
            return program, program.parent.parent.parent
    raise AssertionError("cargo built no example `invoke`")
