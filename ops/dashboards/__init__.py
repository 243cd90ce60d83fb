"""What operators look at: dashboards and alerts as values, written as Grafana and Prometheus files.

Read ``panels.py``, then one dashboard; ``python -m ops.dashboards`` writes what lies in ops/deploy.
"""

from ops.dashboards.campaign import CAMPAIGN
from ops.dashboards.overview import OVERVIEW
from ops.dashboards.privacy import PRIVACY

DASHBOARDS = (OVERVIEW, CAMPAIGN, PRIVACY)
