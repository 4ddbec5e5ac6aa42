// Associations: all links by any filters, and what can be done with them.

import { useState } from "preact/hooks";
import {
  ALL_CHANNELS,
  filtersOf,
  identity,
  isFiltered,
  list,
  MEMBERS,
  RESOURCE_TYPES,
  channelsOf,
  type Association,
  type Filters,
} from "../associations";
import { counted, words } from "../format";
import { useLoad } from "../load";
import { setParams, useRoute } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Button, Empty, Loading, Page, Problem } from "../ui/basics";
import { Picker, SelectField, TextField } from "../ui/form";
import { Pager, Table, type Column } from "../ui/table";
import { CsvDialog } from "./csv";
import { LinkDialog } from "./link";
import { linkColumns } from "./link-table";
import { ReassignDialog, UnlinkDialog } from "./move";
import { SelectionDialog, type SelectionAction } from "./selection";

const SIZE = 25;

export function AssociationsPage() {
  const { params } = useRoute();
  const filters = filtersOf(params);
  const page = Number(params.get("page") ?? 0) || 0;
  const key = JSON.stringify(filters);
  const found = useLoad((signal) => list(filters, page, SIZE, signal), [key, page]);
  const [selected, setSelected] = useState<Map<string, Association>>(new Map());
  const [acting, setActing] = useState<SelectionAction | null>(null);
  const can = rights(useStore(session)!.self);
  const total = found.data?.paging.totalResults;
  const act = params.get("act");
  const close = () => setParams({ act: null, new: null, csv: null });
  const done = () => {
    setSelected(new Map());
    found.reload();
  };
  return (
    <Page
      title="Associations"
      lead="Which resource is linked to which application and entity."
      actions={
        can.manage && (
          <>
            <Button icon="upload" onClick={() => setParams({ csv: "associations" })}>
              From CSV
            </Button>
            <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
              Link a resource
            </Button>
          </>
        )
      }
    >
      <FilterBar filters={filters} />
      <div class="listbar">
        {selected.size > 0 ? (
          <>
            <b>{counted(selected.size, "link")} selected</b>
            <Button icon="move" onClick={() => setActing("move")}>
              Move
            </Button>
            <Button look="danger" icon="trash" onClick={() => setActing("unlink")}>
              Unlink
            </Button>
            <Button look="quiet" onClick={() => setSelected(new Map())}>
              Clear
            </Button>
          </>
        ) : (
          <>
            <span class="quiet">{total !== undefined && counted(total, "link")}</span>
            {can.manage && !can.restricted && isFiltered(filters) && total !== undefined && total > 0 && (
              <>
                <Button icon="move" onClick={() => setParams({ act: "reassign" })}>
                  Reassign all of these
                </Button>
                <Button look="danger" icon="trash" onClick={() => setParams({ act: "unlink" })}>
                  Unlink all of these
                </Button>
              </>
            )}
          </>
        )}
      </div>
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={8} />}
      {found.data && total! > 0 && (
        <>
          <Table
            caption="Associations"
            rows={found.data.results}
            keyOf={identity}
            stale={found.loading}
            columns={can.manage ? [selection(selected, setSelected), ...linkColumns()] : linkColumns()}
          />
          <Pager
            paging={found.data.paging}
            noun={["link", "links"]}
            onPage={(number) => setParams({ page: number || null })}
          />
        </>
      )}
      {total === 0 && <Nothing filtered={isFiltered(filters)} can={can.manage} />}
      {params.has("new") && can.manage && <LinkDialog given={filters} onClose={close} done={done} />}
      {params.has("csv") && can.manage && (
        <CsvDialog what={params.get("csv") ?? ""} onClose={close} done={done} />
      )}
      {act === "reassign" && can.manage && <ReassignDialog filters={filters} onClose={close} />}
      {act === "unlink" && can.manage && <UnlinkDialog filters={filters} onClose={close} />}
      {acting && (
        <SelectionDialog
          action={acting}
          links={[...selected.values()]}
          onClose={() => setActing(null)}
          done={done}
        />
      )}
    </Page>
  );
}

function selection(
  selected: Map<string, Association>,
  set: (selected: Map<string, Association>) => void,
): Column<Association> {
  return {
    title: "Select",
    cell: (link) => (
      <input
        type="checkbox"
        aria-label={`Select ${link.resourceId} on ${words(link.channel)}`}
        checked={selected.has(identity(link))}
        onInput={(event) => {
          const next = new Map(selected);
          if (event.currentTarget.checked) next.set(identity(link), link);
          else next.delete(identity(link));
          set(next);
        }}
      />
    ),
  };
}

function FilterBar({ filters }: { filters: Filters }) {
  const set = (changes: Record<string, string | null>) => setParams({ ...changes, page: null });
  const channels = filters.resourceType ? channelsOf(filters.resourceType) : ALL_CHANNELS;
  const noEntity = filters.entityId === null;
  return (
    <div class="filter-grid" role="search" aria-label="Filters">
      <div data-search>
        <TextField
          label="Resource"
          value={filters.resourceId ?? ""}
          onInput={(value) => set({ resourceId: value })}
          placeholder="The whole number, sender or domain"
        />
      </div>
      <SelectField
        label="Type"
        value={filters.resourceType ?? ""}
        onInput={(value) => set({ resourceType: value, channel: null })}
        options={[["", "Any"], ...RESOURCE_TYPES.map((type) => [type, words(type)] as const)]}
      />
      <SelectField
        label="Channel"
        value={filters.channel ?? ""}
        onInput={(value) => set({ channel: value })}
        options={[["", "Any"], ...channels.map((name) => [name, words(name)] as const)]}
      />
      <Picker
        kind="application"
        label="Application"
        value={filters.applicationId ?? ""}
        onInput={(value) => set({ applicationId: value })}
      />
      <div>
        {noEntity ? (
          <TextField label="Entity" value="None" onInput={() => set({ noEntity: null })} />
        ) : (
          <Picker
            kind="entity"
            label="Entity"
            value={filters.entityId ?? ""}
            onInput={(value) => set({ entityId: value })}
          />
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={noEntity}
            onInput={(event) =>
              set({ noEntity: event.currentTarget.checked ? "1" : null, entityId: null })
            }
          />{" "}
          Without entity
        </label>
      </div>
      {isFiltered(filters) && (
        <Button
          look="quiet"
          icon="close"
          onClick={() =>
            set({ ...Object.fromEntries(MEMBERS.map((member) => [member, null])), noEntity: null })
          }
        >
          Clear filters
        </Button>
      )}
    </div>
  );
}

function Nothing({ filtered, can }: { filtered: boolean; can: boolean }) {
  if (filtered) {
    return (
      <Empty icon="lookup" title="No link meets these filters">
        Each filter compares a whole value, upper and lower case included. Remove one to see more.
      </Empty>
    );
  }
  return (
    <Empty
      icon="associations"
      title="Nothing is linked yet"
      action={
        can && (
          <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
            Link a resource
          </Button>
        )
      }
    >
      A link says that a number, sender, domain or chat-app id on a channel belongs to an application
      and, if you like, to an entity.
    </Empty>
  );
}
