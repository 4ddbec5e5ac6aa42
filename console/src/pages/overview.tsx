// The account at a glance.

import { api, body, type Schemas } from "../api";
import { compact, count, counted, dayOf, words } from "../format";
import { useLoad } from "../load";
import { href } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Card, Empty, Id, LinkButton, Loading, Notice, Page, Problem } from "../ui/basics";
import { Bars, Columns, Progress, type Bar } from "../ui/charts";
import { LimitsCard } from "./account";
import { page as auditPage, Timeline } from "./audit-list";
import { isRunning, State, Subject } from "./operations";

const DAYS = 14;
const CHANNEL_COLOURS = ["SMS", "MMS", "EMAIL", "WHATSAPP", "RCS", "APPLE"];

type ByType = { resourceType: string; channel: string; count: number }[];

/** Links by type and channel, each channel in its colour. */
export function typeBars(byType: ByType): Bar[] {
  return byType.map(({ resourceType, channel, count: value }) => ({
    key: resourceType + channel,
    label: `${words(resourceType)} · ${words(channel)}`,
    value,
    colour: CHANNEL_COLOURS.indexOf(channel),
  }));
}

export function OverviewPage() {
  const can = rights(useStore(session)!.self);
  return (
    <Page title="Overview">
      {can.restricted ? <Restricted /> : <Figures />}
      <div class="columns-2">
        <div class="stack">
          {can.manage && <Activity />}
          <Running />
        </div>
        <div class="stack">
          <LimitsCard />
          {can.manage && (
            <Card
              title="Recent changes"
              action={
                <a class="more" href={href(["audit"])}>
                  Audit
                </a>
              }
            >
              <Timeline filters={{}} size={6} />
            </Card>
          )}
        </div>
      </div>
    </Page>
  );
}

function Restricted() {
  const platform = useStore(session)!.self.platform ?? [];
  return (
    <Card title="What this key sees">
      <p class="quiet">It is restricted to what is linked to:</p>
      <ul class="plain">
        {platform.map((pair) => (
          <li key={JSON.stringify(pair)}>
            {pair.applicationId != null && (
              <a href={href(["applications", pair.applicationId])}>
                Application <Id value={pair.applicationId} />
              </a>
            )}
            {pair.applicationId != null && pair.entityId != null && " and "}
            {pair.entityId != null && (
              <a href={href(["entities", pair.entityId])}>
                Entity <Id value={pair.entityId} />
              </a>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Figures() {
  const found = useLoad((signal) => body(api.GET("/provisioning/1/summary", { signal })), [], 20_000);
  const summary = found.data;
  if (!summary) {
    return found.error ? <Problem error={found.error} retry={found.reload} /> : <Loading lines={4} />;
  }
  const links = summary.associations;
  const byChannel = new Map<string, number>();
  for (const { channel, count: number } of summary.byType) {
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + number);
  }
  const channels = [...byChannel].map(([channel, value]) => ({
    key: channel,
    label: words(channel),
    value,
    href: href(["associations"], { channel }),
    colour: CHANNEL_COLOURS.indexOf(channel),
  }));
  return (
    <>
      <div class="tiles">
        <Tile label="Applications" value={summary.applications} to={href(["applications"])} />
        <Tile label="Entities" value={summary.entities} to={href(["entities"])} />
        <Tile label="Links" value={links} to={href(["associations"])} />
        <UnderDefault />
      </div>
      {links === 0 ? <Start summary={summary} /> : (
        <div class="columns-3">
          <Card title="Links by application">
            <Top
              bars={summary.topApplications.map(({ applicationId, count: value }) => ({
                key: applicationId,
                label: <Id value={applicationId} />,
                value,
                href: href(["applications", applicationId]),
              }))}
              noun="application"
            />
          </Card>
          <Card title="Links by entity">
            <Top
              bars={summary.topEntities.map(({ entityId, count: value }) => ({
                key: entityId,
                label: <Id value={entityId} />,
                value,
                href: href(["entities", entityId]),
              }))}
              noun="entity"
            />
          </Card>
          <Card title="Links by channel">
            <Bars bars={channels.sort((a, b) => b.value - a.value)} unit="links" />
          </Card>
        </div>
      )}
      {summary.partial && (
        <p class="small">Only a part is counted so far: there may be more of everything.</p>
      )}
      {summary.precision > 0 && links > 0 && (
        <p class="small">
          Counts by application, entity and channel are estimates, within {count(summary.precision)}{" "}
          links. Totals are exact.
        </p>
      )}
    </>
  );
}

function Top({ bars, noun }: { bars: Bar[]; noun: string }) {
  if (bars.length === 0) {
    return <p class="quiet">No {noun} has many links of its own: they are spread evenly.</p>;
  }
  return <Bars bars={bars.slice(0, 6)} unit="links" />;
}

function Tile(props: { label: string; value: number | undefined; to: string; note?: string }) {
  return (
    <a class="tile" href={props.to}>
      <span class="tile-label">{props.label}</span>
      <span class="tile-value" title={props.value === undefined ? undefined : count(props.value)}>
        {props.value === undefined ? "…" : props.value < 100_000 ? count(props.value) : compact(props.value)}
      </span>
      {props.note && <span class="tile-note">{props.note}</span>}
    </a>
  );
}

/** What nobody has given to an application, or came back from a deleted one. */
function UnderDefault() {
  const query = { applicationId: "default", size: 1 };
  const found = useLoad(
    (signal) => body(api.GET("/provisioning/1/associations", { params: { query }, signal })),
    [],
    20_000,
  );
  const left = found.data?.paging.totalResults;
  return (
    <Tile
      label="Left under default"
      value={left}
      to={href(["associations"], { applicationId: "default" })}
      note={left === 0 ? "All links have an application" : "Not given to an application"}
    />
  );
}

function Start({ summary }: { summary: Schemas["Summary"] }) {
  const can = rights(useStore(session)!.self);
  return (
    <Card>
      <Empty
        icon="associations"
        title="Nothing is linked yet"
        action={
          can.manage && (
            <span class="actions">
              <LinkButton href={href([summary.applications > 1 ? "entities" : "applications"], { new: 1 })} icon="plus" look="primary">
                {summary.applications > 1 ? "Create an entity" : "Create an application"}
              </LinkButton>
              <LinkButton href={href(["associations"], { csv: "associations" })} icon="upload">
                Bring links from CSV
              </LinkButton>
            </span>
          )
        }
      >
        Create an application for each environment or use case and an entity for each customer. Then
        link your numbers, senders and domains to them, one by one or from a CSV file.
      </Empty>
    </Card>
  );
}

async function activity(signal: AbortSignal) {
  const first = new Date();
  first.setHours(0, 0, 0, 0);
  first.setDate(first.getDate() - DAYS + 1);
  const days = Array.from({ length: DAYS }, (_, index) => {
    const day = new Date(first);
    day.setDate(first.getDate() + index);
    return { label: dayOf(day), key: day.toDateString(), value: 0 };
  });
  const byDay = new Map(days.map((day) => [day.key, day]));
  let cursor: string | undefined;
  for (let number = 0; number < 3; number++) {
    const found = await auditPage({ since: first.toISOString() }, 400, cursor, signal);
    for (const { at } of found.results) {
      const day = byDay.get(new Date(at).toDateString());
      if (day) day.value++;
    }
    cursor = found.paging.next ?? undefined;
    if (!cursor) break;
  }
  return { days, more: cursor !== undefined };
}

function Activity() {
  const found = useLoad(activity, []);
  return (
    <Card title="Activity by day">
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={2} />}
      {found.data && <Columns columns={found.data.days} label={`Changes in the last ${DAYS} days`} />}
      {found.data?.more && <p class="small">The latest 1,200 changes are counted.</p>}
    </Card>
  );
}

function Running() {
  const found = useLoad(
    (signal) =>
      body(api.GET("/provisioning/1/operations", { params: { query: { size: 20 } }, signal })),
    [],
    (data) => (data.results.some(isRunning) ? 1_500 : 10_000),
  );
  const running = found.data?.results.filter(isRunning) ?? [];
  const failed = found.data?.results.filter((operation) => operation.resume) ?? [];
  return (
    <Card
      title="Running operations"
      action={
        <a class="more" href={href(["operations"])}>
          All operations
        </a>
      }
    >
      <Problem error={found.error} retry={found.reload} />
      {found.data && running.length === 0 && <p class="quiet">Nothing is running.</p>}
      {failed.length > 0 && (
        <Notice tone="bad">
          <a href={href(["operations", failed[0]!.operationId])}>
            {counted(failed.length, "operation")} failed
          </a>{" "}
          and can be resumed.
        </Notice>
      )}
      {running.map((operation) => (
        <div class="running" key={operation.operationId}>
          <p>
            <a href={href(["operations", operation.operationId])}>{words(operation.kind)}</a>{" "}
            <Subject operation={operation} /> <State operation={operation} />
          </p>
          <Progress done={operation.done} total={operation.total} label={words(operation.kind)} />
        </div>
      ))}
    </Card>
  );
}
