// The account's API keys.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { at, words } from "../format";
import { useAction, useLoad } from "../load";
import { setParams, useRoute } from "../router";
import { session } from "../session";
import { useStore } from "../store";
import { Badge, Button, Copy, Empty, Id, Loading, Notice, Page, Problem, Time } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, SelectField } from "../ui/form";
import { Pager, Table, type Column } from "../ui/table";
import { NewKeyDialog } from "./new-key";

type Key = Schemas["ApiKey"];
type Act = { act: "rotate" | "revoke"; key: Key };

const SIZE = 20;

export function KeysPage() {
  const { params } = useRoute();
  const page = Number(params.get("page") ?? 0) || 0;
  const found = useLoad(
    (signal) =>
      body(api.GET("/provisioning/1/api-keys", { params: { query: { page, size: SIZE } }, signal })),
    [page],
  );
  const [acting, setActing] = useState<Act | null>(null);
  const own = useStore(session)!.self.keyId;
  const close = () => setParams({ new: null, applicationId: null, entityId: null });
  return (
    <Page
      title="API keys"
      lead="Who may use the account's API, for what, and until when."
      actions={
        <Button look="primary" icon="plus" onClick={() => setParams({ new: 1 })}>
          New key
        </Button>
      }
    >
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={5} />}
      {found.data && found.data.paging.totalResults > 0 && (
        <>
          <Table
            caption="API keys"
            rows={found.data.results}
            keyOf={(key) => key.keyId}
            columns={columns(own, setActing)}
          />
          <Pager paging={found.data.paging} noun={["key", "keys"]} onPage={(number) => setParams({ page: number || null })} />
        </>
      )}
      {found.data?.paging.totalResults === 0 && (
        <Empty icon="keys" title="No keys">
          Create a key for each program that uses the API, so that each can be revoked by itself.
        </Empty>
      )}
      {params.has("new") && (
        <NewKeyDialog
          applicationId={params.get("applicationId") ?? ""}
          entityId={params.get("entityId") ?? ""}
          onClose={close}
          done={found.reload}
        />
      )}
      {acting?.act === "rotate" && (
        <RotateDialog target={acting.key} onClose={() => setActing(null)} done={found.reload} />
      )}
      {acting?.act === "revoke" && (
        <RevokeDialog target={acting.key} own={acting.key.keyId === own} onClose={() => setActing(null)} done={found.reload} />
      )}
    </Page>
  );
}

export function nameOf(key: Key): string {
  return key.name ?? key.start ?? key.keyId;
}

const TONES = { ACTIVE: "good", EXPIRED: "warn", REVOKED: "bad" } as const;

function columns(own: string, act: (acting: Act) => void): Column<Key>[] {
  return [
    {
      title: "Key",
      cell: (key) => (
        <>
          <Id value={nameOf(key)} /> {key.keyId === own && <Badge>This one</Badge>}
          <span class="small block">{key.start && `${key.start}…`}</span>
        </>
      ),
    },
    {
      title: "May",
      cell: (key) => key.scopes.map((scope) => <Badge key={scope}>{scope.replace("application-entity:", "").replace("account-management:manage", "keys").replace("sending-strategy:manage", "senders")}</Badge>),
    },
    {
      title: "Restricted to",
      cell: (key) =>
        key.platform?.length ? (
          key.platform.map((pair) => (
            <span class="block" key={JSON.stringify(pair)}>
              <Id value={[pair.applicationId, pair.entityId].filter((id) => id != null).join(" / ")} />
            </span>
          ))
        ) : (
          <span class="none">–</span>
        ),
    },
    { title: "State", cell: (key) => <Badge tone={TONES[key.state]}>{words(key.state)}</Badge> },
    { title: "Last used", cell: (key) => (key.lastUsedAt ? <Time value={key.lastUsedAt} /> : "Never") },
    { title: "Ends", cell: (key) => (key.expiresAt ? at(key.expiresAt) : "Never") },
    {
      title: "",
      cell: (key) =>
        key.state === "ACTIVE" && (
          <span class="actions">
            <Button look="quiet" aria-label={`Rotate ${nameOf(key)}`} onClick={() => act({ act: "rotate", key })}>
              Rotate
            </Button>
            <Button look="quiet" aria-label={`Revoke ${nameOf(key)}`} onClick={() => act({ act: "revoke", key })}>
              Revoke
            </Button>
          </span>
        ),
    },
  ];
}

/** A new secret, which nobody can show again. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <>
      <Notice tone="warn">Copy the secret now. It is not kept, and cannot be shown again.</Notice>
      <p class="secret">
        <code data-secret>{secret}</code>
        <Copy text={secret} />
      </p>
      <footer>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </footer>
    </>
  );
}

const OVERLAPS: [string, string][] = [
  ["0", "Ends at once"],
  ["3600", "Stays good for an hour"],
  ["86400", "Stays good for a day"],
  ["604800", "Stays good for a week"],
];

function RotateDialog(props: { target: Key; onClose: () => void; done: () => void }) {
  const [overlap, setOverlap] = useState("86400");
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const rotate = () =>
    run(async () => {
      const made = await body(
        api.POST("/provisioning/1/api-keys/{keyId}/rotate", {
          params: { path: { keyId: props.target.keyId } },
          body: { overlapSeconds: Number(overlap) },
        }),
      );
      setSecret(made.apiKey);
      props.done();
    });
  return (
    <Dialog title="Rotate the key" onClose={props.onClose}>
      {secret ? (
        <Secret secret={secret} onClose={props.onClose} />
      ) : (
        <Form onSubmit={rotate}>
          <p class="lead">
            <Id value={nameOf(props.target)} whole /> gets a new secret.
          </p>
          <SelectField label="The present secret" value={overlap} onInput={setOverlap} options={OVERLAPS} hint="Long enough to bring the new one to all that use it." />
          <Problem error={error} />
          <footer>
            <Button onClick={props.onClose}>Cancel</Button>
            <Button type="submit" look="primary" busy={busy}>
              Rotate
            </Button>
          </footer>
        </Form>
      )}
    </Dialog>
  );
}

function RevokeDialog(props: { target: Key; own: boolean; onClose: () => void; done: () => void }) {
  const { busy, error, run } = useAction();
  const revoke = () =>
    run(async () => {
      const params = { path: { keyId: props.target.keyId } };
      await body(api.DELETE("/provisioning/1/api-keys/{keyId}", { params }));
      props.onClose();
      props.done();
    });
  return (
    <Dialog title="Revoke the key" onClose={props.onClose}>
      <Form onSubmit={revoke}>
        <p class="lead">
          <Id value={nameOf(props.target)} whole /> ends for good; within ten seconds it is refused
          everywhere.
        </p>
        {props.own && <Notice tone="bad">It is the key that you are signed in with.</Notice>}
        <Problem error={error} />
        <footer>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="danger" busy={busy}>
            Revoke
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
