// One operation: how far it is, what became of each link, and what can be done about it.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { at, count, counted, duration, words } from "../format";
import { useAction, useLoad } from "../load";
import { go, href } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Badge, Button, Card, Empty, Loading, Notice, Page, Problem } from "../ui/basics";
import { Progress } from "../ui/charts";
import { SelectField } from "../ui/form";
import { LinkLine } from "./link-table";
import { EVERY, isRunning, State, Subject, type Operation } from "./operations";

export function OperationPage({ id }: { id: string }) {
  const found = useLoad(
    (signal) =>
      body(
        api.GET("/provisioning/1/operations/{operationId}", {
          params: { path: { operationId: id } },
          signal,
        }),
      ),
    [id],
    (operation) => (isRunning(operation) ? EVERY : undefined),
  );
  const operation = found.data;
  const back = { href: href(["operations"]), label: "Operations" };
  if (!operation) {
    return (
      <Page title="Operation" back={back}>
        <Problem error={found.error} retry={found.reload} />
        {found.loading && <Loading lines={5} />}
      </Page>
    );
  }
  return (
    <Page
      title={words(operation.kind)}
      back={back}
      lead={
        <>
          <Subject operation={operation} /> <State operation={operation} />
        </>
      }
      actions={<Actions operation={operation} reload={found.reload} />}
    >
      <Problem error={found.error} retry={found.reload} />
      {operation.reason && (
        <Notice tone="bad">
          {operation.reason}. {operation.resume && "Resume it to go on where it stopped."}
        </Notice>
      )}
      {operation.undoneBy && (
        <Notice>
          It was <a href={href(["operations", operation.undoneBy])}>undone</a>.
        </Notice>
      )}
      <Figures operation={operation} />
      <div class="columns-2">
        <Card title="Links">
          <Outcomes id={id} done={operation.done + operation.failed} running={isRunning(operation)} />
        </Card>
        <Card title="Events">
          <ol class="events">
            {operation.events.map((event) => (
              <li key={event.at + event.event}>
                <b>{words(event.event)}</b>
                <span class="small">{at(event.at)}</span>
                {event.reason && <span class="small">{event.reason}</span>}
              </li>
            ))}
          </ol>
        </Card>
      </div>
    </Page>
  );
}

function Figures({ operation }: { operation: Operation }) {
  const running = isRunning(operation);
  const left = operation.estimatedEndAt
    ? (new Date(operation.estimatedEndAt).getTime() - Date.now()) / 1000
    : null;
  const took =
    operation.endedAt && operation.startedAt
      ? (new Date(operation.endedAt).getTime() - new Date(operation.startedAt).getTime()) / 1000
      : null;
  const figures: [string, string][] = [
    ["Done", operation.total != null ? `${count(operation.done)} of ${count(operation.total)}` : count(operation.done)],
    ["Merged", operation.merged != null ? count(operation.merged) : "–"],
    ["Left alone", count(operation.failed)],
    ["Rate", operation.rate ? `${count(Math.round(operation.rate))} / s` : "–"],
    running
      ? ["Time left", left === null ? "–" : duration(left)]
      : ["Took", took === null ? "–" : duration(took)],
  ];
  return (
    <Card class="figures-card">
      {running && <Progress done={operation.done} total={operation.total} label="Links done" />}
      <dl class="figures-row" aria-live="polite">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

const CANCELLED: Operation["kind"][] = ["REASSIGN", "UNLINK"];

function Actions({ operation, reload }: { operation: Operation; reload: () => void }) {
  const { busy, error, run } = useAction();
  const can = rights(useStore(session)!.self);
  if (!can.manage) return null;
  const params = { path: { operationId: operation.operationId } };
  const running = isRunning(operation);
  const undoable =
    operation.undoableUntil != null && new Date(operation.undoableUntil).getTime() > Date.now();
  const undo = () =>
    run(async () => {
      const call = await api.POST("/provisioning/1/operations/{operationId}/undo", { params });
      await body(Promise.resolve(call));
      go(["operations", call.response.headers.get("Operation-Location")?.split("/").pop() ?? ""]);
    });
  const cancel = () =>
    run(async () => {
      await body(api.POST("/provisioning/1/operations/{operationId}/cancel", { params }));
      reload();
    });
  const resume = () =>
    run(async () => {
      await body(api.POST("/provisioning/1/operations/{operationId}/resume", { params }));
      reload();
    });
  return (
    <>
      {operation.resume && (
        <Button look="primary" busy={busy} onClick={resume}>
          Resume
        </Button>
      )}
      {running && !can.restricted && CANCELLED.includes(operation.kind) && (
        <Button busy={busy} onClick={cancel}>
          Cancel
        </Button>
      )}
      {undoable && (
        <Button icon="undo" busy={busy} onClick={undo}>
          Undo
        </Button>
      )}
      <Problem error={error} />
    </>
  );
}

type Outcome = Schemas["LinkOutcome"]["outcome"];

const OUTCOMES: [Outcome | "", string][] = [
  ["", "All outcomes"],
  ["MOVED", "Moved"],
  ["MERGED", "Merged"],
  ["UNLINKED", "Unlinked"],
  ["RESTORED", "Restored"],
  ["CHANGED", "Left alone: changed since"],
  ["PARENT_GONE", "Left alone: its parent is gone"],
];

function Outcomes({ id, done, running }: { id: string; done: number; running: boolean }) {
  const [outcome, setOutcome] = useState<Outcome | "">("");
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const query = { size: 20, cursor, outcome: outcome || undefined };
  const found = useLoad(
    (signal) =>
      body(
        api.GET("/provisioning/1/operations/{operationId}/links", {
          params: { path: { operationId: id }, query },
          signal,
        }),
      ),
    [id, outcome, cursor, cursor ? 0 : Math.min(done, 20)],
  );
  const choose = (value: string) => {
    setOutcome(value as Outcome | "");
    setCursors([]);
  };
  const next = found.data?.paging.next;
  return (
    <>
      <SelectField label="Outcome" value={outcome} onInput={choose} options={OUTCOMES} />
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={4} />}
      {found.data?.results.length === 0 && !next && (
        <Empty icon="associations" title={running ? "None yet" : "No such links"}>
          The links that it touches are listed for as long as it can be undone.
        </Empty>
      )}
      <ol class="outcomes">
        {found.data?.results.map((link) => (
          <li key={JSON.stringify(link)}>
            <Badge>{words(link.outcome)}</Badge>
            <span>
              {link.before && <LinkLine link={link.before} />}
              {link.after && link.outcome !== "RESTORED" && (
                <>
                  {" → "}
                  <LinkLine link={{ applicationId: link.after.applicationId, entityId: link.after.entityId }} />
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
      <div class="pager">
        <span class="small">{counted(found.data?.results.length ?? 0, "link")} shown</span>
        <Button icon="previous" aria-label="Previous links" disabled={!cursors.length} onClick={() => setCursors(cursors.slice(0, -1))} />
        <Button icon="next" aria-label="Next links" disabled={!next} onClick={() => next && setCursors([...cursors, next])} />
      </div>
    </>
  );
}
