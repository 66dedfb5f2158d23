#!/usr/bin/python3
"""Print the folder of the user's default QGIS profile, as QGIS itself works it out."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication

QCoreApplication.setOrganizationName(QgsApplication.QGIS_ORGANIZATION_NAME)
QCoreApplication.setApplicationName(QgsApplication.QGIS_APPLICATION_NAME)
application = QgsApplication([], False)
application.initQgis()
print(QgsApplication.qgisSettingsDirPath().rstrip("/"))
