"""The machine and the settings around the program, as far as a result may depend on them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

from publisher.model.environment import System

_ALLOWED = re.compile(
    r"""
      [A-Z]+_NUM_THREADS | OMP_(?:SCHEDULE|PLACES|PROC_BIND|DYNAMIC) | KMP_[A-Z_]+ | MKL_[A-Z_]+ | OPENBLAS_[A-Z]+
    | LANG | LANGUAGE | LC_[A-Z]+ | TZ
    | CUDA_[A-Z_]+ | NVIDIA_TF32_OVERRIDE | CUBLAS_WORKSPACE_CONFIG | HIP_VISIBLE_DEVICES | ROCR_VISIBLE_DEVICES
    | PYTHONHASHSEED | PYTHONOPTIMIZE | SOURCE_DATE_EPOCH | MPLBACKEND | JULIA_NUM_THREADS | XLA_FLAGS
    """,
    re.VERBOSE,
)
_BATCH = re.compile(
    r"(?:SLURM_(?:JOB_ID|JOB_NAME|JOB_PARTITION|JOB_NUM_NODES|NTASKS|PROCID|ARRAY_JOB_ID|ARRAY_TASK_ID"
    r"|CPUS_PER_TASK|MEM_PER_NODE)|PBS_(?:JOBID|JOBNAME|QUEUE|NODENUM|NP|ARRAY_INDEX)|LSB_JOBID|JOB_ID)"
)


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Those environment variables that change results and hold no secrets: an allow-list."""
    return {name: environment[name] for name in sorted(environment) if _ALLOWED.fullmatch(name)}


def environment() -> dict[str, str]:
    """The variables that we were started with.

    Where no locale is set, Python sets one for itself (PEP 538) as it starts. It is not the program's.
    """
    found = dict(os.environ)
    locale = found.get("LC_CTYPE")
    unset = not found.get("LC_ALL") and found.get("LANG", "") in ("", "C", "POSIX")
    if unset and locale in ("C.UTF-8", "C.utf8", "UTF-8") and not _was_given("LC_CTYPE"):
        del found["LC_CTYPE"]
    return found


def _was_given(name: str) -> bool:
    """Whether a variable was set before Python started; where that cannot be told, no."""
    try:
        with open("/proc/self/environ", "rb") as file:
            return any(each.startswith(f"{name}=".encode()) for each in file.read().split(b"\0"))
    except OSError:
        return False


def batch(environment: Mapping[str, str]) -> dict[str, str]:
    """What a batch system says of the job that this process is in."""
    return {name: environment[name] for name in sorted(environment) if _BATCH.fullmatch(name)}


def system(*, hostname: bool) -> System:
    """This machine.

    Args:
        hostname: Whether its name may be told.
    """
    if sys.platform == "win32":
        import platform

        name, release, machine, node = "Windows", platform.version(), platform.machine(), platform.node()
    else:
        uname = os.uname()
        name, release, machine, node = uname.sysname, uname.release, uname.machine, uname.nodename
    return System(
        name=name,
        release=release,
        machine=machine,
        distribution=_distribution(),
        hostname=node if hostname else None,
        cpu=_cpu(),
        cores=os.cpu_count(),
        memory=_memory(),
    )


def allowed_cores() -> int | None:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(65536)
    except OSError:
        return ""


def _distribution() -> str | None:
    if sys.platform == "darwin":
        import platform

        return f"macOS {platform.mac_ver()[0]}"
    named = re.search(r'^PRETTY_NAME="?([^"\n]+)', _text_of("/etc/os-release"), re.MULTILINE)
    return named[1] if named else None


def _cpu() -> str | None:
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string")
    if sys.platform == "win32":
        return os.environ.get("PROCESSOR_IDENTIFIER")
    told = re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)$", _text_of("/proc/cpuinfo"), re.MULTILINE)
    return " ".join(told[1].split()) if told else None


def _memory() -> int | None:
    if sys.platform == "darwin":
        told = _sysctl("hw.memsize")
        return int(told) if told else None
    if sys.platform == "win32":
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _sysctl(name: str) -> str | None:
    import subprocess

    try:
        answer = subprocess.run(
            ["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None
