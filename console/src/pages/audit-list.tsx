// What was changed, newest first; all that one operation did is one row.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { counted, words } from "../format";
import { useLoad } from "../load";
import { href } from "../router";
import { Badge, Button, Empty, Id, Loading, Problem, Time, type Tone } from "../ui/basics";
import { LinkLine } from "./link-table";

type Entry = Schemas["AuditEntry"];

export type AuditFilters = Partial<
  Record<
    "applicationId" | "entityId" | "resourceType" | "channel" | "resourceId" | "actor" | "since" | "until",
    string
  >
>;

interface Row {
  entry: Entry;
  /** How many changes of the same operation stand behind it. */
  more: number;
}

export function page(filters: AuditFilters, size: number, cursor?: string, signal?: AbortSignal) {
  const query = { ...filters, size, cursor };
  return body(api.GET("/provisioning/1/audit", { params: { query: query as never }, signal }));
}

const isOfOperation = (entry: Entry) => entry.operationId != null && entry.action !== "DELETED";

/** Join the changes of links that one operation made, wherever they stand among the others. */
export function joined(entries: Entry[]): Row[] {
  const rows: Row[] = [];
  const byOperation = new Map<string, Row>();
  for (const entry of entries) {
    const known = isOfOperation(entry) ? byOperation.get(entry.operationId!) : undefined;
    if (known) {
      known.more++;
      continue;
    }
    const row = { entry, more: 0 };
    rows.push(row);
    if (isOfOperation(entry)) byOperation.set(entry.operationId!, row);
  }
  return rows;
}

export function Timeline(props: { filters: AuditFilters; size: number; pages?: boolean }) {
  const { filters, size } = props;
  const key = JSON.stringify(filters);
  const [more, setMore] = useState<{ key: string; entries: Entry[]; next?: string | null }>();
  const first = useLoad((signal) => page(filters, size, undefined, signal), [key, size]);
  const further = more?.key === key ? more : undefined;
  const entries = [...(first.data?.results ?? []), ...(further?.entries ?? [])];
  const next = further ? further.next : first.data?.paging.next;
  const loadMore = async () => {
    const found = await page(filters, size, next ?? undefined);
    setMore({
      key,
      entries: [...(further?.entries ?? []), ...found.results],
      next: found.paging.next,
    });
  };
  if (!first.data && first.loading) return <Loading lines={4} />;
  return (
    <>
      <Problem error={first.error} retry={first.reload} />
      {first.data && entries.length === 0 && !next && (
        <Empty icon="audit" title="No changes">
          Every change appears here a moment after it was made, with who made it and how it was
          before.
        </Empty>
      )}
      <ol class="timeline">
        {joined(entries).map((row) => (
          <TimelineRow key={JSON.stringify([row.entry.at, row.entry.target, row.entry.action])} row={row} />
        ))}
      </ol>
      {props.pages && next && (
        <Button onClick={loadMore} class="load-more">
          Show earlier changes
        </Button>
      )}
    </>
  );
}

const TONES: Record<Entry["action"], Tone> = {
  CREATED: "good",
  LINKED: "good",
  CHANGED: "neutral",
  MOVED: "busy",
  DELETED: "bad",
  UNLINKED: "bad",
};

function TimelineRow({ row: { entry, more } }: { row: Row }) {
  return (
    <li>
      <Badge tone={TONES[entry.action]}>{words(entry.action)}</Badge>
      <div class="timeline-what">
        {more > 0 ? (
          <a href={href(["operations", entry.operationId!])}>
            {counted(more + 1, "link")} by one operation
          </a>
        ) : (
          <What entry={entry} />
        )}
        <p class="small">
          <Time value={entry.at} /> by <Id value={entry.actor} />
          {entry.operationId && more === 0 && (
            <>
              {" · "}
              <a href={href(["operations", entry.operationId])}>operation</a>
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function What({ entry }: { entry: Entry }) {
  const { target } = entry;
  switch (target.type) {
    case "application":
      return (
        <span>
          Application{" "}
          <a href={href(["applications", target.applicationId!])}>
            <Id value={target.applicationId!} />
          </a>
          <Changed entry={entry} />
        </span>
      );
    case "entity":
      return (
        <span>
          Entity{" "}
          <a href={href(["entities", target.entityId!])}>
            <Id value={target.entityId!} />
          </a>
          <Changed entry={entry} />
        </span>
      );
    case "association":
      return (
        <span>
          <LinkLine link={entry.before ?? entry.after ?? target} />
          {entry.before && entry.after && (
            <>
              {" → "}
              <LinkLine link={{ ...entry.after, resourceId: undefined, channel: undefined } as never} />
            </>
          )}
        </span>
      );
    case "key":
      return (
        <span>
          API key <Id value={target.keyId ?? ""} />
        </span>
      );
    default:
      return <span>Account settings or limits</span>;
  }
}

function Changed({ entry }: { entry: Entry }) {
  const before = entry.before ?? {};
  const after = entry.after ?? {};
  if (entry.action !== "CHANGED") return null;
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = members.filter((member) => before[member] !== after[member]);
  return (
    <>
      {changed.map((member) => (
        <span key={member} class="quiet">
          : {member} <Id value={String(before[member] ?? "none")} /> →{" "}
          <Id value={String(after[member] ?? "none")} />
        </span>
      ))}
    </>
  );
}
