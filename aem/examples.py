"""Examples for the help of each command."""

_LINK = "--resource-type NUMBER --channel SMS --application-id shop --resource-id 447700900123"
_STRATEGY = "--application-id shop --channel SMS"

EXAMPLES: dict[str, list[str]] = {
    "applications bulk": ["applications bulk --create-file applications.csv --if-missing"],
    "applications create": ['applications create shop --name "Web shop"'],
    "applications delete": [
        "applications delete shop --wait",
        "applications delete shop --on-linked reassign --target-application-id blog",
    ],
    "applications get": ["applications get shop"],
    "applications impact": ["applications impact shop"],
    "applications list": ["applications list --prefix shop --include counts"],
    "applications protect": ["applications protect shop --protected true"],
    "applications rename": [
        'applications rename shop --name "Web shop"',
        "applications rename shop --clear",
    ],
    "associations bulk": [
        "associations bulk --link-file numbers.csv --set applicationId=shop",
        "associations bulk --link-file numbers.csv --set applicationId=shop --resume",
    ],
    "associations create": [f"associations create {_LINK} --entity-id customer-42"],
    "associations delete": [f"associations delete {_LINK} --entity-id customer-42"],
    "associations get": [f"associations get {_LINK}"],
    "associations list": [
        "associations list --application-id shop --all --output csv",
        "associations list --resource-id 447700900123",
    ],
    "associations reassign": [
        "associations reassign --filter-entity-id sales --target-entity-id marketing --dry-run",
        "associations reassign --filter-entity-id sales --target-entity-id marketing --wait",
    ],
    "associations unlink": [
        "associations unlink --filter-entity-id customer-42 --dry-run",
        "associations unlink --filter-entity-id customer-42 --wait",
    ],
    "audit list": [
        "audit list --since yesterday --until today --all",
        "audit list --entity-id customer-42 --since 2h",
    ],
    "current-api-key get": ["current-api-key get"],
    "entities bulk": [
        "entities bulk --create-file customers.csv --if-missing",
        "entities bulk --delete-file ids.txt --if-present",
    ],
    "entities create": ['entities create customer-42 --name "Customer 42" --if-missing'],
    "entities delete": [
        "entities delete customer-42 --wait",
        "entities delete customer-42 --on-linked refuse",
    ],
    "entities get": ["entities get customer-42"],
    "entities impact": ["entities impact customer-42"],
    "entities list": ["entities list --all --columns entityId,entityName --output csv"],
    "entities protect": ["entities protect customer-42 --protected true"],
    "entities rename": ['entities rename customer-42 --name "Customer 42"'],
    "inbound resolve": ['inbound resolve --channel SMS --resource-id "+44 7700 900123"'],
    "keys create": [
        "keys create --name Reader --scopes application-entity:read --expires-at 90d",
        """keys create --name Shop --platform '[{"applicationId": "shop"}]'""",
    ],
    "keys get": ["keys get KEY_ID"],
    "keys list": ["keys list"],
    "keys modify": ["keys modify KEY_ID --name Billing", "keys modify KEY_ID --clear expiresAt"],
    "keys revoke": ["keys revoke KEY_ID"],
    "keys rotate": ["keys rotate KEY_ID --overlap-seconds 3600"],
    "limits get": ["limits get"],
    "messages submit": ["messages submit --application-id shop --entity-id customer-42"],
    "operations cancel": ["operations cancel OPERATION_ID"],
    "operations get": ["operations get OPERATION_ID --wait"],
    "operations links": ["operations links OPERATION_ID --all"],
    "operations list": ["operations list"],
    "operations resume": ["operations resume OPERATION_ID --wait"],
    "operations undo": ["operations undo OPERATION_ID --wait"],
    "operations watch": ["operations watch OPERATION_ID"],
    "resources get": ['resources get NUMBER "+44 7700 900123"'],
    "resources list": ["resources list --unassigned --all"],
    "senders resolve": [
        "senders resolve --channel SMS --to +447700900999 --application-id shop --explain",
    ],
    "settings change": ["settings change --on-linked refuse"],
    "settings get": ["settings get"],
    "strategies create": [
        f"strategies create {_STRATEGY} --use-sticky-sender",
        (
            "strategies create --channel SMS"
            """ --priorities '[{"senderType": "SHORT_CODE", "priority": 1}]'"""
        ),
    ],
    "strategies delete": ["strategies delete SENDING_STRATEGY_ID"],
    "strategies list": ["strategies list --application-id shop"],
    "summary get": ["summary get"],
    "numbers whois": [
        'numbers whois "+44 7700 900123"',
        "numbers whois 447700900123 --at yesterday",
    ],
    "login": ["login", "login --name staging --url https://staging.example.com"],
    "profiles list": ["profiles list"],
    "profiles use": ["profiles use staging"],
    "profiles remove": ["profiles remove staging"],
    "doctor": ["doctor", "doctor --profile staging"],
    "export": ["export -f account.yaml", "export --format jsonl"],
    "import": ["import -f account.yaml"],
    "plan": ["plan -f account.yaml"],
    "apply": ["apply -f account.yaml", "apply -f account.yaml --expect PLAN --yes"],
}
"""By command, how it is used; without the name of the program."""


def epilog(command: str) -> str | None:
    """Return the examples of a command, as Click shows them."""
    found = EXAMPLES.get(command)
    if found is None:
        return None
    return "\n".join(["\b", "Examples:", *(f"  aem {line}" for line in found)])
