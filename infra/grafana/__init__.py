"""The dashboard of an installation, for Grafana."""
