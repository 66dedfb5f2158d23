"""The network settings of QGIS, as the engine takes them."""

from __future__ import annotations

from urllib.parse import quote

from qgis.core import QgsSettings

_CONNECT_TIMEOUT_S = 15.0
_SCHEMES = {"HttpProxy": "http", "HttpCachingProxy": "http", "Socks5Proxy": "socks5h"}


def network_proxies() -> dict[str, str] | None:
    """Return the proxies of Settings ▸ Options ▸ Network as requests takes them; None: those of the system."""
    settings = QgsSettings()
    host = str(settings.value("proxy/proxyHost", "") or "").strip()
    scheme = _SCHEMES.get(str(settings.value("proxy/proxyType", "") or ""))
    if not settings.value("proxy/proxyEnabled", False, type=bool) or scheme is None or not host:
        return None
    port = str(settings.value("proxy/proxyPort", "") or "").strip()
    user = str(settings.value("proxy/proxyUser", "") or "")
    login = f"{quote(user, safe='')}:{quote(str(settings.value('proxy/proxyPassword', '') or ''), safe='')}@"
    address = f"{scheme}://{login if user else ''}{host}{':' + port if port else ''}"
    excluded = [*_listed(settings, "proxy/proxyExcludedUrls"), *_listed(settings, "proxy/noProxyUrls")]
    return {"http": address, "https": address, "no_proxy": ",".join(excluded)}


def network_timeout() -> tuple[float, float]:
    """Return how long to wait for a connection and for data, in seconds."""
    milliseconds = QgsSettings().value("qgis/networkAndProxy/networkTimeout", 60000)
    try:
        return _CONNECT_TIMEOUT_S, max(1.0, float(milliseconds) / 1000)
    except (TypeError, ValueError):
        return _CONNECT_TIMEOUT_S, 60.0


def _listed(settings: QgsSettings, key: str) -> list[str]:
    # a list of one comes back as text; older versions joined them with bars
    value = settings.value(key, [])
    parts = value.split("|") if isinstance(value, str) else value or []
    return [str(part).strip() for part in parts if str(part).strip()]
