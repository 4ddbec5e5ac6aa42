"""The paths, members and values that generated events are made of."""

from tests.support.ids import STRANGE_IDS

FUNCTIONS = {
    "/provisioning/1/applications": "applications",
    "/provisioning/1/entities": "entities",
    "/provisioning/1/associations": "associations",
    "/provisioning/1/associations/single": "associations",
    "/provisioning/1/associations/bulk": "associations",
    "/provisioning/1/applications/bulk": "applications",
    "/provisioning/1/entities/bulk": "entities",
    "/provisioning/1/operations": "operations",
    "/provisioning/1/api-keys": "keys",
    "/provisioning/1/limits": "limits",
    "/provisioning/1/audit": "audit",
    "/provisioning/1/associations/unlink": "associations",
    "/provisioning/1/associations/reassign": "associations",
    "/provisioning/1/settings": "settings",
    "/provisioning/1/summary": "limits",
    "/provisioning/1/resources": "resources",
    "/provisioning/1/resources/NUMBER": "resources",
    "/provisioning/1/inbound/resolve": "resources",
    "/provisioning/1/senders/resolve": "senders",
    "/provisioning/2/sending-strategies": "sending_strategies",
    "/provisioning/1/messages": "messages",
    "/provisioning/1/current-api-key": "keys",
}
"""Which function answers under which path."""
SECRET = "zz-what-no-other-account-may-see-zz"
MEMBERS = (
    "applicationId",
    "applicationName",
    "entityId",
    "entityName",
    "resourceType",
    "channel",
    "resourceId",
    "link",
    "unlink",
    "create",
    "delete",
    "scopes",
    "platform",
    "expiresAt",
    "name",
    "overlapSeconds",
    "page",
    "size",
    "cursor",
    "since",
    "until",
    "actor",
    "keyId",
    "to",
    "filter",
    "target",
    "dryRun",
    "messages",
    "onLinked",
    "prefix",
    "include",
    "linksAny",
)
WORDS = (
    *STRANGE_IDS.values(),
    "shop",
    "acme",
    "default",
    "NUMBER",
    "SMS",
    "DOMAIN",
    "EMAIL",
    "0",
    "-1",
    "1e9",
    "999999999999999999999999",
    "null",
    "",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00-23:59",
    "application-entity:read",
    "\ud800",
    "\udfff\ud800",
)
MOMENTS = (
    "2026-01-01T00:00:00Z",
    "2027-01-01T00:00:00.123456789-12:00",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "1767225600",
)
ASKED = {
    "audit": ("since", "until", "cursor", "size", "applicationId", "actor"),
    "associations": ("page", "size", "resourceType", "channel", "resourceId", "applicationId"),
}
"""What the queries of a function mostly name."""
LIKELY = {
    "since": MOMENTS,
    "until": MOMENTS,
    "expiresAt": MOMENTS,
    "cursor": ("2026-01-01T00:00:00.000Z_0-000", "9999-99-99T99:99:99.999Z_f", "MjAyNg"),
    "size": ("1", "20", "400", "401"),
    "page": ("0", "1", "2147483647"),
    "resourceType": ("NUMBER", "DOMAIN"),
    "channel": ("SMS", "EMAIL"),
}
"""Values that get past the first check of a member."""
BODIES = (
    "",
    "{",
    "[]",
    "null",
    "NaN",
    '{"applicationId":1e999}',
    '{"a":' * 40 + "1" + "}" * 40,
    "[" * 5000,
    "9" * 5000,
    '{"applicationId":"a","applicationId":"b"}',
    '{"applicationId":"\\ud800"}',
    "\ufeff{}",
)
BASES = ("", "", "", "/v1", "/provisioning", "/my/provisioning/1", "/%2F", "//")
"""What a path has before the root: a stage or a base path."""
FORMS = (
    'Content-Disposition: form-data; name="entityId"',
    'Content-Disposition: form-data; name="applicationId"; x',
    "Content-Disposition: form-data; name*=utf-8''entityId",
    "Content-Disposition: form-data; name*0=entity; name*1=Id",
    'Content-Disposition: form-data; name="' + ";" * 3000,
    "Content-Disposition: form-data; name*" + "9" * 500 + "=x",
    "Content-Disposition: form-data; filename*=a\0b''x",
    "Content-Type: multipart/mixed; boundary=inner\r\nContent-Disposition: form-data; name=a",
    "Content-Type: message/rfc822\r\nContent-Disposition: form-data; name=a",
    "X: y",
    "",
)
"""Headers of a form's part."""
CONTENT_TYPES = (
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 200,
    "multipart/form-data; boundary*=utf-8''b",
    "application/x-www-form-urlencoded",
    "application/json; charset=iso-8859-1",
)
HEADERS = ("If-Match", "Idempotency-Key", "Content-Type", "Origin", "X-Forwarded-For", "Accept")
