"""What to install, and how: from facts about the machine to one pip command, with the reasons for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...processing.base import translate

Kind = Literal["cpu", "gpu", "directml"]
PACKAGES: dict[Kind, str] = {"cpu": "onnxruntime", "gpu": "onnxruntime-gpu", "directml": "onnxruntime-directml"}
RUNTIMES = (*PACKAGES.values(), "onnxruntime-openvino")
"""packages that all bring the module ``onnxruntime``: two of them overwrite each other"""
ONNX = "onnx>=1.15,<2"
_FIRST_FOR_CUDA_13 = "1.27"
_FIRST_WITH_LIBRARIES = "1.21"
"""the first onnxruntime-gpu that brings CUDA and cuDNN along when asked to, and needs Python 3.10"""
_RAW_PROGRESS = (24, 1)
"""the first pip that tells its progress to programs"""
_COUNTS = ("ml-dtypes", "numpy", "protobuf")
"""packages whose versions decide which versions of others run"""
_X86 = ("x86_64", "amd64")
_WHEEL_PLATFORMS = {
    "linux": ("manylinux_2_28_{}", "manylinux_2_27_{}", "manylinux_2_17_{}", "manylinux2014_{}"),
    "darwin": ("macosx_14_0_{}", "macosx_13_0_{}", "macosx_11_0_{}", "macosx_10_12_universal2"),
}
_QUIET = re.compile(r"[\w@%+=:,./\\-]+")


@dataclass(frozen=True)
class PythonFacts:
    """The Python that QGIS runs, as the program that runs pip."""

    program: str
    """path; empty: none was found"""
    version: tuple[int, int] = (0, 0)
    pip: str = ""
    """version; empty: it has none"""
    packages: tuple[tuple[str, str], ...] = ()
    """name and version of everything that QGIS's Python already has"""


@dataclass(frozen=True)
class Facts:
    """All that the choice depends on."""

    platform: str
    """``sys.platform``"""
    machine: str
    """``platform.machine()``"""
    python: PythonFacts
    numpy: str
    """version that QGIS uses"""
    home: str
    """our folder in the profile"""
    gpus: tuple[str, ...] = ()
    """names of NVIDIA's cards, as the driver gives them"""
    cuda: tuple[int, int] = (0, 0)
    """newest CUDA that NVIDIA's driver runs; zeros: there is no driver"""
    own_packages: tuple[tuple[str, str], ...] = ()
    """what our folder holds now"""
    named_folder: str = ""
    """``GEONNX_SITE_PACKAGES``"""
    can_undo: bool = False


@dataclass(frozen=True)
class Plan:
    """One installation."""

    kind: Kind
    name: str
    """of the fresh folder"""
    target: str
    work: str
    """folder for what pip needs meanwhile"""
    requirements: tuple[str, ...]
    stand_ins: tuple[tuple[str, str], ...]
    """packages of QGIS, which are neither installed a second time nor replaced: name and version"""
    program: str
    arguments: tuple[str, ...]
    command: str
    """the same as text, for people"""
    reasons: tuple[str, ...]
    problem: str = ""
    """why it can't be done, and what to do instead; empty when it can"""


def recommend(facts: Facts) -> Kind:
    """Return the package that makes the most of this machine."""
    if facts.gpus and not gpu_obstacle(facts):
        return "gpu"
    if facts.platform == "win32" and facts.machine.lower() in _X86:
        return "directml"
    return "cpu"


def possible_kinds(facts: Facts) -> tuple[Kind, ...]:
    """Return the packages that exist for this system, the recommended one first."""
    kinds: list[Kind] = ["cpu"]
    if facts.machine.lower() in _X86 and facts.platform in ("linux", "win32"):
        kinds.append("gpu")
    if facts.machine.lower() in _X86 and facts.platform == "win32":
        kinds.append("directml")
    best = recommend(facts)
    return tuple(sorted(kinds, key=lambda kind: kind != best))


def gpu_obstacle(facts: Facts) -> str:
    """Return why onnxruntime-gpu would not use a GPU here; empty when it would."""
    if facts.platform not in ("linux", "win32") or facts.machine.lower() not in _X86:
        return translate("onnxruntime-gpu exists for Linux and Windows on 64-bit Intel and AMD processors only.")
    if not facts.gpus:
        return translate("No NVIDIA graphics card with a working driver was found.")
    if facts.cuda < (12, 0):
        return translate(
            "NVIDIA's driver runs CUDA {}.{} at most, and onnxruntime-gpu needs CUDA 12: update the driver."
        ).format(*facts.cuda)
    if facts.python.version < (3, 10):
        return translate("onnxruntime-gpu with its libraries needs Python 3.10 or newer; this QGIS has {}.{}.").format(
            *facts.python.version
        )
    return ""


def make_plan(facts: Facts, kind: Kind, name: str, wheels: str = "") -> Plan:
    """Return how to install one kind of onnxruntime, and onnx, into the fresh folder *name*.

    *wheels* is a folder with wheel files, for machines without network; empty: pip asks its package index.
    """
    packages = Path(facts.home) / "packages"
    target, work = packages / name, packages / f"{name}.work"
    requirements = (_runtime(facts, kind), ONNX)
    arguments = (
        "-m", "pip", "install", "--target", str(target), *_manners(facts),
        # stand-ins for what QGIS has, so that nothing of it is installed again in another version
        "--find-links", str(work / "stand-ins"), "--constraint", str(work / "constraints.txt"),
        *(("--no-index", "--find-links", wheels) if wheels else ()),
        *requirements,
    )  # fmt: skip
    return Plan(
        kind=kind,
        name=name,
        target=str(target),
        work=str(work),
        requirements=requirements,
        stand_ins=stand_ins(facts),
        program=facts.python.program,
        arguments=arguments,
        command=command_text((facts.python.program or "python3", *arguments), facts.platform),
        reasons=_reasons(facts, kind),
        problem=_problem(facts, kind),
    )


def stand_ins(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the packages of QGIS by normal name, with versions as pip compares them; numpy is always among them."""
    found = {normal_name(name): base_version(version) for name, version in facts.python.packages}
    found["numpy"] = base_version(facts.numpy)
    return tuple(sorted((name, version) for name, version in found.items() if version))


def download_command(facts: Facts, kind: Kind) -> str:
    """Return what to run on a computer with network, so that the wheels can be carried over."""
    machine = "arm64" if facts.platform == "darwin" and facts.machine == "arm64" else facts.machine
    if facts.platform == "win32":
        tags: Sequence[str] = ("win_arm64",) if facts.machine.lower() in ("arm64", "aarch64") else ("win_amd64",)
    else:
        tags = [tag.format(machine) for tag in _WHEEL_PLATFORMS.get(facts.platform, ())]
    words = [
        "python3", "-m", "pip", "download", "--dest", "geonnx-wheels", "--only-binary=:all:",
        "--python-version", "{}.{}".format(*facts.python.version),
        *(word for tag in tags for word in ("--platform", tag)),
        _runtime(facts, kind), ONNX,
        # so that what is fetched goes together with what this QGIS has
        *(f"{name}=={version}" for name, version in stand_ins(facts) if name in _COUNTS),
    ]  # fmt: skip
    return command_text(words, "linux")


def normal_name(name: str) -> str:
    """Return a package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def base_version(version: str) -> str:
    """Return a version without what distributors add; empty for what is no version."""
    match = re.match(r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?", version)
    return match.group() if match else ""


def command_text(words: Sequence[str], platform: str) -> str:
    """Return a command as the user would type it."""
    if platform == "win32":
        return " ".join(word if _QUIET.fullmatch(word) else f'"{word}"' for word in words)
    return " ".join(word if _QUIET.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'" for word in words)


def _runtime(facts: Facts, kind: Kind) -> str:
    if kind != "gpu":
        return f"{PACKAGES[kind]}>=1.16,<2"
    if facts.python.version < (3, 10):
        return "onnxruntime-gpu>=1.16,<2"
    # a driver for CUDA 13 runs what was built for CUDA 12 too, not the other way round
    below = "2" if facts.cuda >= (13, 0) or not facts.gpus else _FIRST_FOR_CUDA_13
    return f"onnxruntime-gpu[cuda,cudnn]>={_FIRST_WITH_LIBRARIES},<{below}"


def _manners(facts: Facts) -> tuple[str, ...]:
    numbers = tuple(int(part) for part in re.findall(r"\d+", facts.python.pip)[:2])
    progress = "raw" if numbers >= _RAW_PROGRESS else "off"
    return (
        # wheels only: no foreign program is run by an installation
        "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--no-warn-script-location",
        "--no-warn-conflicts",
        "--retries", "2", "--timeout", "20", "--progress-bar", progress,
    )  # fmt: skip


def _reasons(facts: Facts, kind: Kind) -> tuple[str, ...]:
    lines = [_found(facts), _choice(facts, kind)]
    others = [name for name, _ in facts.own_packages if name in RUNTIMES and name != PACKAGES[kind]]
    if others:
        lines.append(
            translate("It takes the place of {}: two of these packages overwrite each other.").format(others[0])
        )
    if facts.numpy:
        lines.append(
            translate("QGIS keeps its own numpy {} and GDAL: nothing of QGIS is replaced or installed again.").format(
                facts.numpy
            )
        )
    return tuple(lines)


def _found(facts: Facts) -> str:
    systems = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}
    system = systems.get(facts.platform, facts.platform)
    version = "{}.{}".format(*facts.python.version)
    if not facts.gpus:
        return translate("Found: {} on {}, Python {}, no NVIDIA graphics card.").format(system, facts.machine, version)
    return translate("Found: {} on {}, Python {}, {} with a driver for CUDA {}.{}.").format(
        system, facts.machine, version, ", ".join(dict.fromkeys(facts.gpus)), *facts.cuda
    )


def _choice(facts: Facts, kind: Kind) -> str:
    if kind == "gpu":
        obstacle = gpu_obstacle(facts)
        if obstacle:
            return translate("onnxruntime-gpu would run on the processor only: {}").format(obstacle)
        return translate(
            "onnxruntime-gpu uses the NVIDIA card; it comes with NVIDIA's CUDA and cuDNN (a download of about 2 GB)."
        )
    if kind == "directml":
        return translate(
            "onnxruntime-directml uses any graphics card with DirectX 12, and the processor where there is none (a "
            "download of about 60 MB)."
        )
    if facts.platform == "darwin":
        return translate(
            "onnxruntime uses the processor, and Apple's graphics through Core ML (a download of about 60 MB)."
        )
    obstacle = gpu_obstacle(facts) if facts.gpus else ""
    return translate("onnxruntime uses the processor (a download of about 60 MB). {}").format(obstacle).strip()


def _problem(facts: Facts, kind: Kind) -> str:
    """Return what stands in the way, worst first."""
    python = facts.python
    if facts.named_folder:
        return translate(
            "The environment variable GEONNX_SITE_PACKAGES names {}, and what is installed here would not be used: "
            "unset it, or install into that folder yourself."
        ).format(facts.named_folder)
    if not python.program:
        return translate(
            "The Python program of this QGIS was not found. Open the shell that comes with QGIS (OSGeo4W Shell on "
            "Windows) and run the command below there."
        )
    if not facts.numpy:
        return translate("QGIS has no numpy, which GeONNX needs: install it the way in which QGIS was installed.")
    if not python.pip:
        return _no_pip(facts)
    own = PACKAGES[kind]
    for name, version in python.packages:
        if normal_name(name) in RUNTIMES and normal_name(name) != own:
            return translate(
                "{} {} lies among QGIS's own packages and would be found first: remove it there, with '{}', then "
                "come back."
            ).format(name, version, command_text((python.program, "-m", "pip", "uninstall", name), facts.platform))
    return ""


def _no_pip(facts: Facts) -> str:
    if facts.platform == "linux":
        return translate(
            "This Python has no pip. Install it (Debian and Ubuntu: 'sudo apt install python3-pip', Fedora: 'sudo dnf "
            "install python3-pip'), then press 'Look again'."
        )
    return translate(
        "This Python has no pip. Run '{}' in the shell that comes with QGIS, then press 'Look again'."
    ).format(command_text((facts.python.program, "-m", "ensurepip"), facts.platform))
