// The audit of the account.

import { RESOURCE_TYPES, ALL_CHANNELS } from "../associations";
import { words } from "../format";
import { setParams, useRoute } from "../router";
import { Button, Page } from "../ui/basics";
import { Picker, SelectField, TextField } from "../ui/form";
import { Timeline, type AuditFilters } from "./audit-list";

const MEMBERS = [
  "applicationId",
  "entityId",
  "resourceType",
  "channel",
  "resourceId",
  "actor",
  "since",
  "until",
] as const;

export function AuditPage() {
  const { params } = useRoute();
  const filters: AuditFilters = Object.fromEntries(
    MEMBERS.filter((member) => params.get(member)).map((member) => [member, params.get(member)]),
  );
  const set = (member: string) => (value: string) => setParams({ [member]: value });
  const value = (member: string) => params.get(member) ?? "";
  return (
    <Page title="Audit" lead="Who changed what, when, and how it was before. Newest first.">
      <details class="filters" open={Object.keys(filters).length > 0}>
        <summary>
          Filters
          {Object.keys(filters).length > 0 && (
            <Button
              look="quiet"
              onClick={() => setParams(Object.fromEntries(MEMBERS.map((member) => [member, null])))}
            >
              Clear
            </Button>
          )}
        </summary>
        <div class="filter-grid">
          <Picker kind="application" label="Application" value={value("applicationId")} onInput={set("applicationId")} />
          <Picker kind="entity" label="Entity" value={value("entityId")} onInput={set("entityId")} />
          <SelectField
            label="Type"
            value={value("resourceType")}
            onInput={set("resourceType")}
            options={[["", "Any"], ...RESOURCE_TYPES.map((type) => [type, words(type)] as const)]}
          />
          <SelectField
            label="Channel"
            value={value("channel")}
            onInput={set("channel")}
            options={[["", "Any"], ...ALL_CHANNELS.map((name) => [name, words(name)] as const)]}
          />
          <TextField label="Resource" value={value("resourceId")} onInput={set("resourceId")} />
          <TextField label="Key that was used" value={value("actor")} onInput={set("actor")} />
          <Day label="From" value={value("since")} onInput={set("since")} />
          <Day label="Until" value={value("until")} onInput={set("until")} end />
        </div>
      </details>
      <Timeline filters={filters} size={100} pages />
    </Page>
  );
}

/** A day in the viewer's time zone, which the address keeps as the moment where it begins or ends. */
function Day(props: { label: string; value: string; onInput: (value: string) => void; end?: boolean }) {
  const date = props.value ? new Date(props.value) : null;
  const local = date
    ? [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-")
    : "";
  const change = (text: string) => {
    const moment = text ? new Date(`${text}T${props.end ? "23:59:59.999" : "00:00:00"}`) : null;
    props.onInput(moment && !Number.isNaN(moment.getTime()) ? moment.toISOString() : "");
  };
  return <TextField label={props.label} type="date" value={local} onInput={change} />;
}
