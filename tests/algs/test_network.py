"""The network settings of QGIS as the engine takes them."""

from __future__ import annotations

import pytest
from qgis.core import QgsSettings


@pytest.fixture
def options(qgis_app):
    settings = QgsSettings()
    before = {key: settings.value(key) for key in settings.allKeys() if key.startswith(("proxy/", "qgis/networkAnd"))}
    settings.remove("proxy")
    yield settings
    settings.remove("proxy")
    settings.remove("qgis/networkAndProxy/networkTimeout")
    for key, value in before.items():
        settings.setValue(key, value)


def test_proxies(options):
    from geonnx.processing.network import network_proxies

    assert network_proxies() is None
    options.setValue("proxy/proxyEnabled", True)
    assert network_proxies() is None
    options.setValue("proxy/proxyType", "HttpProxy")
    options.setValue("proxy/proxyHost", "proxy.example")
    options.setValue("proxy/proxyPort", "3128")
    options.setValue("proxy/noProxyUrls", ["http://intranet/"])
    expected = {"http": "http://proxy.example:3128", "https": "http://proxy.example:3128"}
    assert network_proxies() == {**expected, "no_proxy": "http://intranet/"}
    options.setValue("proxy/proxyUser", "a b")
    options.setValue("proxy/proxyPassword", "p@ss:word")
    assert network_proxies()["https"] == "http://a%20b:p%40ss%3Aword@proxy.example:3128"
    options.setValue("proxy/proxyType", "Socks5Proxy")
    assert network_proxies()["http"].startswith("socks5h://")
    options.setValue("proxy/proxyType", "DefaultProxy")
    assert network_proxies() is None
    options.setValue("proxy/proxyType", "HttpProxy")
    options.setValue("proxy/proxyEnabled", False)
    assert network_proxies() is None


def test_timeout(options):
    from geonnx.processing.network import network_timeout

    options.setValue("qgis/networkAndProxy/networkTimeout", 5000)
    assert network_timeout()[1] == 5.0
    options.setValue("qgis/networkAndProxy/networkTimeout", "soon")
    assert network_timeout()[1] == 60.0
