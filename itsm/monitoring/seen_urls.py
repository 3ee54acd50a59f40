"""The addresses of alerts, their rules, maintenance, and a service's page."""

from itsm.monitoring.alert_rules import urls as rules
from itsm.monitoring.alerts import urls as alerts
from itsm.monitoring.deployments import urls as deployments
from itsm.monitoring.maintenance import urls as maintenance

urlpatterns = [
    *alerts.urlpatterns,
    *rules.urlpatterns,
    *maintenance.urlpatterns,
    *deployments.urlpatterns,
]
