// The list of applications or of entities.

import { useState } from "preact/hooks";
import { useAction, useLoad, useSettled } from "../load";
import type { Kind, Parent } from "../parents";
import { go, href, setParams, useRoute } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Button, Empty, Id, IdLink, LinkButton, Loading, Num, Page, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, problemsOf, TextField } from "../ui/form";
import { Icon } from "../ui/icon";
import { Pager, Table, type Column } from "../ui/table";

const SIZE = 25;

export function ParentsPage({ kind }: { kind: Kind }) {
  const { params } = useRoute();
  const prefix = params.get("prefix") ?? "";
  const page = Number(params.get("page") ?? 0) || 0;
  const settled = useSettled(prefix);
  const found = useLoad(
    (signal) => kind.list({ page, size: SIZE, prefix: settled, include: "counts" }, signal),
    [kind, page, settled],
  );
  const can = rights(useStore(session)!.self);
  // What a restricted key may create has been created before the key.
  const creates = can.manage && !can.restricted;
  const creating = params.has("new") && creates;
  return (
    <Page
      title={kind.titles}
      lead={kind.is}
      actions={
        creates && (
          <>
            <LinkButton icon="upload" href={href(["associations"], { csv: kind.plural })}>
              From CSV
            </LinkButton>
            <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
              New {kind.name}
            </Button>
          </>
        )
      }
    >
      <div class="toolbar">
        <label class="search" data-search>
          <Icon name="lookup" />
          <input
            type="search"
            dir="auto"
            value={prefix}
            aria-label={`Ids that begin with`}
            placeholder={`Id begins with …`}
            onInput={(event) => setParams({ prefix: event.currentTarget.value, page: null })}
          />
          <kbd>/</kbd>
        </label>
      </div>
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={8} />}
      {found.data && found.data.paging.totalResults > 0 && (
        <>
          <Table
            caption={kind.titles}
            stale={found.loading}
            rows={found.data.results}
            keyOf={(row) => row.id}
            columns={columns(kind)}
          />
          <Pager
            paging={found.data.paging}
            noun={[kind.name, kind.plural]}
            onPage={(number) => setParams({ page: number || null })}
          />
        </>
      )}
      {found.data?.paging.totalResults === 0 && <Nothing kind={kind} prefix={prefix} can={creates} />}
      {creating && <CreateDialog kind={kind} onClose={() => setParams({ new: null })} />}
    </Page>
  );
}

function columns(kind: Kind): Column<Parent>[] {
  return [
    { title: "Id", cell: (row) => <IdLink value={row.id} href={href([kind.plural, row.id])} /> },
    { title: "Name", cell: (row) => (row.name === null ? <span class="none">–</span> : <Id value={row.name} />) },
    {
      title: "Links",
      numeric: true,
      cell: (row) => (
        <a href={href(["associations"], { [kind.member]: row.id })} >
          <Num value={row.linked} />
          <span class="hidden"> {row.linked === 1 ? "link" : "links"}</span>
        </a>
      ),
    },
  ];
}

function Nothing({ kind, prefix, can }: { kind: Kind; prefix: string; can: boolean }) {
  if (prefix) {
    return (
      <Empty icon="lookup" title="No id begins with that">
        The search compares the beginning of ids, and upper and lower case differ. To find a number
        or sender, use the <a href={href(["lookup"])}>look-up</a>.
      </Empty>
    );
  }
  return (
    <Empty
      icon={kind.icon}
      title={`No ${kind.plural} yet`}
      action={
        can && (
          <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
            Create the first {kind.name}
          </Button>
        )
      }
    >
      {kind.is} Link numbers, senders and domains to it to tell whose they are.
      {kind.name === "entity" && " A message that names a new entity creates it by itself."}
    </Empty>
  );
}

function CreateDialog({ kind, onClose }: { kind: Kind; onClose: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const { busy, error, run } = useAction();
  const create = () =>
    run(async () => {
      await kind.create(id, name || null);
      go([kind.plural, id]);
    });
  return (
    <Dialog title={`New ${kind.name}`} onClose={onClose}>
      <Form onSubmit={create}>
        <TextField
          label="Id"
          value={id}
          onInput={setId}
          autofocus
          problems={problemsOf(error, kind.member)}
          hint="Up to 255 characters of any script. It cannot be changed later."
        />
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          hint="Optional. What people call it."
          problems={problemsOf(error, `${kind.name}Name`)}
        />
        <Problem error={error} />
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!id.trim()}>
            Create {kind.name}
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
