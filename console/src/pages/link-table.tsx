// Associations in rows.

import { identity, type Association } from "../associations";
import { words } from "../format";
import { href } from "../router";
import { Id, IdLink } from "../ui/basics";
import { Table, type Column } from "../ui/table";

export const RESOURCE: Column<Association> = {
  title: "Resource",
  cell: (link) => (
    <IdLink value={link.resourceId} href={href(["lookup"], { resource: link.resourceId })} />
  ),
};

const COLUMNS: (Column<Association> & { member?: string })[] = [
  RESOURCE,
  { title: "Type", cell: (link) => words(link.resourceType) },
  {
    title: "Channel",
    cell: (link) => <span class={`channel ${link.channel.toLowerCase()}`}>{words(link.channel)}</span>,
  },
  {
    title: "Application",
    member: "applicationId",
    cell: (link) => (
      <IdLink value={link.applicationId} href={href(["applications", link.applicationId])} />
    ),
  },
  {
    title: "Entity",
    member: "entityId",
    cell: (link) =>
      link.entityId == null ? (
        <span class="none">–</span>
      ) : (
        <IdLink value={link.entityId} href={href(["entities", link.entityId])} />
      ),
  },
];

export function linkColumns(without?: string): Column<Association>[] {
  return COLUMNS.filter((column) => column.member === undefined || column.member !== without);
}

export function LinkTable(props: { links: Association[]; without?: string; stale?: boolean }) {
  return (
    <Table
      caption="Links"
      rows={props.links}
      keyOf={identity}
      columns={linkColumns(props.without)}
      stale={props.stale}
    />
  );
}

/** An association in a line: "447700900123 on SMS · shop / customer-42". */
export function LinkLine({ link }: { link: Partial<Association> }) {
  return (
    <span class="link-line">
      {link.resourceId != null && <Id value={link.resourceId} />}
      {link.channel && <span class="quiet"> on {words(link.channel)} · </span>}
      {link.applicationId != null && <Id value={link.applicationId} />}
      {link.entityId != null && (
        <>
          {" / "}
          <Id value={link.entityId} />
        </>
      )}
    </span>
  );
}
