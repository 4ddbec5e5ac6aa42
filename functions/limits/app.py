"""Limits: the rate limits and quotas of the account, and how much of each is used."""

from provisioning.http.handler import build
from provisioning.routes import limits

routes = [limits.GET, limits.GET_SUMMARY]
handler = build(routes)
