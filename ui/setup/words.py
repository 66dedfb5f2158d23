"""What the installer says in its several states."""

from __future__ import annotations

from html import escape

from ...processing.base import translate
from .plan import PACKAGES, RUNTIMES, Facts, Kind, Plan


def heading(facts: Facts, missing: tuple[str, ...]) -> str:
    """Return what is there and what is not, as the first line."""
    if missing:
        return translate("GeONNX needs {} to run models. It can be installed here, in your QGIS profile.").format(
            translate(" and ").join(missing)
        )
    installed = [f"{name} {version}" for name, version in facts.own_packages if name in (*RUNTIMES, "onnx")]
    if installed:
        return translate("Everything is installed: {}.").format(", ".join(installed))
    return translate("Everything is there, among the packages of QGIS. You can install another choice here.")


def kind_text(kind: Kind, platform: str, *, is_best: bool) -> str:
    """Return a package with what it is for."""
    uses = {
        "cpu": translate("processor and Apple graphics") if platform == "darwin" else translate("processor"),
        "gpu": translate("NVIDIA graphics cards"),
        "directml": translate("any graphics card on Windows"),
    }
    text = translate("{}: {}").format(PACKAGES[kind], uses[kind])
    return translate("{} (recommended)").format(text) if is_best else text


def reasons_html(plan: Plan) -> str:
    """Return the reasons as a list."""
    rows = (f"<tr><td>•\N{NO-BREAK SPACE}</td><td>{escape(reason)}</td></tr>" for reason in plan.reasons)
    return f"<table>{''.join(rows)}</table>"


def done_text(message: str, *, in_force: bool) -> str:
    """Return what follows an installation."""
    if in_force:
        return translate("{} It can be used now.").format(message)
    return translate("{} Restart QGIS to use it: the former package is loaded and stays until then.").format(message)


def undone_text(packages: tuple[tuple[str, str], ...], *, in_force: bool) -> str:
    """Return what follows after the way back."""
    known = ", ".join(f"{name} {version}" for name, version in packages if name in (*RUNTIMES, "onnx"))
    text = (
        translate("Back to what was installed before: {}.").format(known)
        if known
        else translate("The installation was taken back; nothing is installed in the profile now.")
    )
    return text if in_force else translate("{} Restart QGIS for it.").format(text)
