"""Inside the program: which files a Python process opens, and what it imported. Runs in any Python.

This file is no part of publisher's own process. `publisher run` puts its folder first on PYTHONPATH, so that
each Python process of the program imports it as its `sitecustomize`. It takes its folder off `sys.path` again,
lets the `sitecustomize` run that would have run, and appends what it sees to a file of its own in the folder
named by PUBLISHER_WITNESS. It imports nothing that an interpreter has not loaded already, and whatever fails
here fails silently: the program comes first.

Each entry is one letter, a text and a NUL: `v` version, `i` implementation, `s` an entry of sys.path,
`r` a file opened for reading, `w` for writing, `n` a file or folder that got this name by being moved or linked,
`c` a program that was started, `m` a module that was imported, with its file, `x` that there were more files than
it tells.
"""

import os
import sys


def _testify():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    folder = os.environ.get("PUBLISHER_WITNESS")
    if folder and os.path.isdir(folder):
        _listen(folder, here)


def _let_the_other_run():
    """Run the `sitecustomize` that this one stands in front of, if there is one."""
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = ours


def _listen(folder, here):
    name = os.path.join(folder, "%d-%s" % (os.getpid(), os.urandom(4).hex()))
    encode = os.fsencode
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_CLOEXEC", 0)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    starting = (
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "pty.spawn",
    )
    state = {"left": 50000}
    seen = set()
    open_, write, close, getcwd = os.open, os.write, os.close, os.getcwd
    join, isabs, normpath = os.path.join, os.path.isabs, os.path.normpath

    # A file is opened anew for each entry: a descriptor kept open could be closed by the program and its
    # number given to a file of the program's own.
    def tell(data):
        try:
            out = open_(name, flags, 0o600)
            try:
                write(out, data)
            finally:
                close(out)
        except Exception:
            pass

    home = [sys.prefix, sys.base_prefix, getattr(sys, "exec_prefix", sys.prefix)]
    home = tuple(
        {os.path.join(each, part) + os.sep for each in home for part in ("lib", "lib64", "Lib", "DLLs")}
        | {"/proc/", "/sys/", "/dev/", "/usr/lib/", "/usr/share/", "/etc/"}
    )

    def named(arguments):
        path = arguments[1]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if arguments[-1] != -1 or not isinstance(path, str):  # relative to a folder that is open
            return
        key = "n" + normpath(path if isabs(path) else join(getcwd(), path))
        if key not in seen:
            seen.add(key)
            tell(encode(key) + b"\0")

    def carries(environment):
        told = environment.get("PUBLISHER_WITNESS") or environment.get(b"PUBLISHER_WITNESS")
        path = environment.get("PYTHONPATH") or environment.get(b"PYTHONPATH") or ""
        path = os.fsdecode(path) if isinstance(path, bytes) else path
        return bool(told) and here in path.split(os.pathsep)

    def started(event, arguments):
        program = arguments[0]
        if event == "os.system":
            program = "sh"
        elif isinstance(program, bytes):
            program = os.fsdecode(program)
        key = "c" + os.path.basename(str(program))
        if len(arguments) > 1 and isinstance(arguments[1], (list, tuple)):
            for option in arguments[1][1:]:  # with -I, -E or -S a Python does not tell what it opens
                if not isinstance(option, str) or option[:1] != "-" or option[:2] in ("-c", "-m", "--"):
                    break
                if set(option) & set("IES"):
                    key += " " + option
        if key.startswith(("cpython", "cpypy")):
            given = arguments[-1]
            if not carries(given if hasattr(given, "get") else os.environ):
                key += " without us"
        if key not in seen:
            seen.add(key)
            tell(encode(key) + b"\0")

    def hook(event, arguments):
        if event != "open" and event != "sqlite3.connect":
            try:
                if event in starting:
                    started(event, arguments)
                elif event in ("os.rename", "os.link"):
                    named(arguments)
            except Exception:
                pass
            return
        try:
            path = arguments[0]
            if path == name:  # ours; a flag instead would make other threads' files unseen
                return
            if isinstance(path, bytes):
                path = os.fsdecode(path)
            if not isinstance(path, str):
                return
            if event == "open":
                opened = arguments[2]
                kind = "w" if isinstance(opened, int) and opened & writing else "r"
            else:
                kind = "w"
            if not isabs(path):
                path = join(getcwd(), path)
            if path.startswith(home):
                return
            key = kind + normpath(path)
            if key in seen:
                return
            seen.add(key)
            state["left"] -= 1
            if state["left"] < 0:
                if state["left"] == -1:
                    tell(b"x\0")
                return
            tell(encode(key) + b"\0")
        except Exception:
            pass

    told = ["v%d.%d.%d" % sys.version_info[:3], "i" + sys.implementation.name]
    told += ["s" + entry for entry in sys.path]
    tell(b"".join(encode(each) + b"\0" for each in told))
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(hook)

    def at_exit():
        try:
            modules = []
            for module, loaded in list(sys.modules.items()):
                if "." not in module and not module.startswith("_"):
                    modules.append("m%s=%s" % (module, getattr(loaded, "__file__", None) or ""))
            tell(b"".join(encode(each) + b"\0" for each in modules))
        except Exception:
            pass

    import atexit

    atexit.register(at_exit)


try:
    _testify()
except Exception:
    pass
_let_the_other_run()
