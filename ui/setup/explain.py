"""From what pip writes to a sentence that says what went wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...processing.base import translate

_NO_NETWORK = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|Failed to establish a new connection|ConnectTimeout"
    r"|Network is unreachable|Connection refused|getaddrinfo failed|ProxyError|Read timed out|ReadTimeoutError"
    r"|Connection aborted|ConnectionResetError",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError")
_FULL = re.compile(r"No space left on device|not enough space on the disk|Errno 28|WinError 112", re.IGNORECASE)
_FORBIDDEN = re.compile(r"Permission denied|Access is denied|Errno 13|WinError 5\b", re.IGNORECASE)
_NO_PIP = re.compile(r"No module named '?pip'?")
_NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
_CONFLICT = re.compile(r"ResolutionImpossible|conflicting dependencies", re.IGNORECASE)
_HASH = re.compile(r"DO NOT MATCH THE HASHES|hash mismatch", re.IGNORECASE)
_OPTION = re.compile(r"no such option: (\S+)")


def explain_failure(lines: Sequence[str], wheels: str = "") -> str:
    """Return why pip failed; *wheels* is the folder that it was to take everything from (empty: the network)."""
    text = "\n".join(lines)
    reasons = [
        (_NO_PIP, translate("This Python has no pip; install pip first.")),
        (_FULL, translate("The disk is full. Make room in the profile's folder, or choose a smaller package.")),
        (
            _CERTIFICATE,
            translate(
                "The package index could not be trusted: its certificate was not accepted. If your company looks into "
                "encrypted connections, ask its administrators for their certificate; or use a folder with wheels."
            ),
        ),
        (
            _HASH,
            translate("A download arrived damaged. Try again; nothing of it was used."),
        ),
        (
            _CONFLICT,
            translate(
                "No versions of the packages go together with those that this QGIS has; the log names them. A newer "
                "QGIS helps, or a different package above."
            ),
        ),
    ]
    if not wheels:
        no_network = translate(
            "The package index could not be reached. Check the network and the proxy (Settings ▸ Options ▸ Network), "
            "or install without network: choose 'Folder with wheels' above."
        )
        reasons.append((_NO_NETWORK, no_network))
    for pattern, sentence in reasons:
        if pattern.search(text):
            return sentence
    return _rarer(text, lines, wheels)


def _rarer(text: str, lines: Sequence[str], wheels: str) -> str:
    not_found, option = _NOT_FOUND.search(text), _OPTION.search(text)
    if not_found is not None:
        return _not_found(not_found.group(1), wheels)
    if option is not None:
        return translate("This pip is too old: it does not know {}. Update pip, then try again.").format(
            option.group(1)
        )
    if _FORBIDDEN.search(text):
        return translate("Something may not be written or replaced; the log says what.")
    last = next((line for line in reversed(lines) if line.upper().startswith("ERROR")), lines[-1] if lines else "")
    return translate("pip failed: {}").format(last.partition(":")[2].strip() or last or translate("it said nothing"))


def _not_found(package: str, wheels: str) -> str:
    if wheels:
        return translate(
            "The folder {} has no wheel of {} that fits this system and this Python. Fetch the wheels with the last "
            "command, on a computer with network."
        ).format(wheels, package)
    return translate(
        "The package index has no {} for this system and this Python. Choose another package above, or a newer QGIS."
    ).format(package)
