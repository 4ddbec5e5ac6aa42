// Operations: what moves or removes many links.

import { api, body, type Schemas } from "../api";
import { described, type Filters } from "../associations";
import { count, words } from "../format";
import { useLoad } from "../load";
import { href, setParams, useRoute } from "../router";
import { useUndoTime } from "../undo";
import { Badge, Empty, Id, Loading, Page, Problem, Time, type Tone } from "../ui/basics";
import { Progress } from "../ui/charts";
import { Pager, Table, type Column } from "../ui/table";

export type Operation = Schemas["Operation"];

const SIZE = 20;
/** How often what runs is looked at, in milliseconds. */
export const EVERY = 1_500;

export const isRunning = (operation: Operation) =>
  operation.state === "PENDING" || operation.state === "RUNNING";

const TONES: Record<Operation["state"], Tone> = {
  PENDING: "busy",
  RUNNING: "busy",
  SUCCEEDED: "good",
  FAILED: "bad",
  CANCELLED: "warn",
};

export function State({ operation }: { operation: Operation }) {
  return <Badge tone={TONES[operation.state]}>{words(operation.state)}</Badge>;
}

export function Subject({ operation }: { operation: Operation }) {
  if (operation.kind === "UNDO" && operation.undoes) {
    return (
      <span>
        of <a href={href(["operations", operation.undoes])}>an earlier operation</a>
      </span>
    );
  }
  if (operation.kind === "MIGRATE") return <span>of stored data</span>;
  if (operation.filter) {
    return (
      <span>
        <Id value={described(operation.filter as Filters)} />
        {operation.target && (
          <>
            {" → "}
            <Id value={described(operation.target as Filters)} />
          </>
        )}
      </span>
    );
  }
  return <Id value={operation.applicationId ?? operation.entityId ?? ""} />;
}

const COLUMNS: Column<Operation>[] = [
  {
    title: "Operation",
    cell: (operation) => (
      <a class="id-link" href={href(["operations", operation.operationId])}>
        {words(operation.kind)}
      </a>
    ),
  },
  { title: "Of", cell: (operation) => <Subject operation={operation} /> },
  {
    title: "State",
    cell: (operation) => (
      <>
        <State operation={operation} />
        {isRunning(operation) && (
          <Progress done={operation.done} total={operation.total} label="Progress" />
        )}
      </>
    ),
  },
  { title: "Links", numeric: true, cell: (operation) => count(operation.done) },
  { title: "Requested", cell: (operation) => <Time value={operation.requestedAt} /> },
];

export function OperationsPage() {
  const { params } = useRoute();
  const page = Number(params.get("page") ?? 0) || 0;
  const undoTime = useUndoTime();
  const found = useLoad(
    (signal) =>
      body(api.GET("/provisioning/1/operations", { params: { query: { page, size: SIZE } }, signal })),
    [page],
    (data) => (data.results.some(isRunning) ? EVERY : 10_000),
  );
  return (
    <Page
      title="Operations"
      lead="Deletes, reassignments and unlinkings of many links, and the undoing of these."
    >
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={6} />}
      {found.data && found.data.paging.totalResults > 0 && (
        <>
          <Table
            caption="Operations"
            columns={COLUMNS}
            rows={found.data.results}
            keyOf={(operation) => operation.operationId}
          />
          <Pager paging={found.data.paging} noun={["operation", "operations"]} onPage={(number) => setParams({ page: number || null })} />
        </>
      )}
      {found.data?.paging.totalResults === 0 && (
        <Empty icon="operations" title="No operations yet">
          Deleting an application or entity moves its links by an operation, which you can watch here
          and undo{undoTime && ` for ${undoTime}`}. So do <a href={href(["associations"])}>reassigning and unlinking</a>{" "}
          by a filter.
        </Empty>
      )}
    </Page>
  );
}
