// Senders: which one a message would leave from, and the strategies by which it is chosen.

import { api, body, type Schemas } from "../api";
import { words } from "../format";
import { useLoad } from "../load";
import { setParams, useRoute } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Badge, Button, Card, Empty, Id, Loading, Page, Problem } from "../ui/basics";
import { Pager, Table, type Column } from "../ui/table";
import { DeleteStrategyDialog, NewStrategyDialog } from "./strategy";
import { WhichSender } from "./which-sender";

type Strategy = Schemas["SendingStrategy"];

const SIZE = 20;

export function SendersPage() {
  const { params } = useRoute();
  const can = rights(useStore(session)!.self);
  const page = Number(params.get("page") ?? 0) || 0;
  const found = useLoad((signal) => (can.sending ? strategies(page, signal) : nothing()), [page, can.sending]);
  const deleting = found.data?.results.find(
    ({ sendingStrategyId }) => sendingStrategyId === params.get("delete"),
  );
  return (
    <Page
      title="Senders"
      lead="Which number or name a message would leave from, and by which rules."
      actions={
        can.sending && (
          <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
            New strategy
          </Button>
        )
      }
    >
      {can.read && <WhichSender />}
      {can.sending && (
        <Card title="Sending strategies">
          <Problem error={found.error} retry={found.reload} />
          {!found.data && found.loading && <Loading lines={3} />}
          {found.data && found.data.paging.totalResults > 0 && (
            <>
              <Table
                caption="Sending strategies"
                rows={found.data.results}
                keyOf={(strategy) => strategy.sendingStrategyId}
                columns={COLUMNS}
              />
              <Pager
                paging={found.data.paging}
                noun={["strategy", "strategies"]}
                onPage={(number) => setParams({ page: number || null })}
              />
            </>
          )}
          {found.data?.paging.totalResults === 0 && (
            <Empty icon="senders" title="No strategies yet">
              Without one, each destination gets one of the senders that are linked to the application
              and entity of the message, all alike. A strategy prefers types, area codes or single
              senders.
            </Empty>
          )}
        </Card>
      )}
      {params.has("new") && can.sending && (
        <NewStrategyDialog onClose={() => setParams({ new: null })} done={found.reload} />
      )}
      {deleting && (
        <DeleteStrategyDialog
          strategy={deleting}
          onClose={() => setParams({ delete: null })}
          done={found.reload}
        />
      )}
    </Page>
  );
}

const nothing = () => Promise.resolve(undefined);

const strategies = (page: number, signal: AbortSignal) =>
  body(
    api.GET("/provisioning/2/sending-strategies", { params: { query: { page, size: SIZE } }, signal }),
  );

/** The messages that a strategy is for, such as "SMS to US of shop / customer". */
export function For({ strategy }: { strategy: Strategy }) {
  const { applicationId, entityId } = strategy.platform ?? {};
  const ids = [applicationId, entityId].filter((id) => id != null);
  return (
    <>
      {strategy.channel ? words(strategy.channel) : "All messages"}
      {strategy.destinationCountryCode && ` to ${strategy.destinationCountryCode}`}
      {ids.length > 0 && (
        <>
          {" of "}
          <Id value={ids.join(" / ")} />
        </>
      )}
    </>
  );
}

function rules(strategy: Strategy): string[] {
  const priorities = [...(strategy.priorities ?? [])].sort((one, other) => one.priority - other.priority);
  return [
    ...(priorities.length ? [priorities.map(({ senderType }) => words(senderType)).join(", then ")] : []),
    ...(strategy.useGeolocatedSender ? ["Nearest area code"] : []),
    ...(strategy.useStickySender ? ["Keeps the sender"] : []),
    ...(strategy.weights?.length ? ["Weights"] : []),
    ...(strategy.fallback ? [`Falls back to ${words(strategy.fallback).toLowerCase()}`] : []),
  ];
}

const COLUMNS: Column<Strategy>[] = [
  { title: "For", cell: (strategy) => <For strategy={strategy} /> },
  {
    title: "Rules",
    cell: (strategy) => {
      const found = rules(strategy);
      return found.length ? found.map((rule) => <Badge key={rule}>{rule}</Badge>) : <span class="none">–</span>;
    },
  },
  {
    title: "",
    cell: ({ sendingStrategyId }) => (
      <Button
        look="quiet"
        aria-label={`Delete the strategy ${sendingStrategyId}`}
        onClick={() => setParams({ delete: sendingStrategyId })}
      >
        Delete
      </Button>
    ),
  },
];
