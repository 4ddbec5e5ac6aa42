// One application or entity: its links, its history and the keys restricted to it.

import { useState } from "preact/hooks";
import { list } from "../associations";
import { api, body } from "../api";
import { count } from "../format";
import { useAction, useLoad } from "../load";
import type { Kind } from "../parents";
import { href, setParams, useRoute } from "../router";
import { owns, rights, session } from "../session";
import { useStore } from "../store";
import { Badge, Button, Card, Empty, Id, LinkButton, Loading, Page, Problem } from "../ui/basics";
import { Bars } from "../ui/charts";
import { Dialog } from "../ui/dialog";
import { Form, problemsOf, TextField } from "../ui/form";
import { Timeline } from "./audit-list";
import { DeleteDialog } from "./delete";
import { LinkTable } from "./link-table";
import { typeBars } from "./overview";

export function ParentPage({ kind, id }: { kind: Kind; id: string }) {
  const { params } = useRoute();
  const found = useLoad((signal) => kind.get(id, signal), [kind, id]);
  const self = useStore(session)!.self;
  const mine = owns(self, kind.name, id);
  const impact = useLoad(
    async (signal) => (mine ? (await kind.impact(id, signal))[0] : null),
    [kind, id, mine],
  );
  const back = { href: href([kind.plural]), label: kind.titles };
  if (found.error && !found.data) {
    return (
      <Page title={<Id value={id} whole />} back={back}>
        <Problem error={found.error} retry={found.reload} />
      </Page>
    );
  }
  if (!found.data) return <Loading lines={6} />;
  const [parent, version] = found.data;
  const builtIn = kind.name === "application" && id === "default";
  const close = () => setParams({ act: null });
  return (
    <Page
      title={<Id value={id} whole />}
      back={back}
      lead={
        <>
          {parent.name === null ? <span class="none">No name</span> : <Id value={parent.name} whole />}{" "}
          {impact.data?.protected && <Badge tone="good">Protected</Badge>}
          {builtIn && <Badge>Built in: takes the links of what is deleted</Badge>}
        </>
      }
      actions={
        mine && (
          <>
            <Button onClick={() => setParams({ act: "rename" })}>Rename</Button>
            {!builtIn && impact.data && (
              <Protect kind={kind} id={id} on={impact.data.protected} done={impact.reload} />
            )}
            {!builtIn && (
              <Button look="danger" icon="trash" onClick={() => setParams({ act: "delete" })}>
                Delete
              </Button>
            )}
          </>
        )
      }
    >
      <div class="columns-2">
        <Links kind={kind} id={id} byType={impact.data?.byType ?? null} />
        <div class="stack">
          {rights(self).manage && (
            <Card title="History">
              <Timeline filters={{ [kind.member]: id }} size={8} />
            </Card>
          )}
          {rights(self).keys && <Keys kind={kind} id={id} />}
        </div>
      </div>
      {params.get("act") === "rename" && mine && (
        <RenameDialog kind={kind} id={id} name={parent.name} version={version} onClose={close} done={found.reload} />
      )}
      {params.get("act") === "delete" && mine && !builtIn && (
        <DeleteDialog kind={kind} id={id} onClose={close} />
      )}
    </Page>
  );
}

function Protect(props: { kind: Kind; id: string; on: boolean; done: () => void }) {
  const { busy, error, run } = useAction();
  const toggle = () =>
    run(async () => {
      await props.kind.protect(props.id, !props.on);
      props.done();
    });
  return (
    <>
      <Button icon="shield" busy={busy} onClick={toggle}>
        {props.on ? "Lift protection" : "Protect"}
      </Button>
      <Problem error={error} />
    </>
  );
}

type ByType = { resourceType: string; channel: string; count: number }[] | null;

function Links({ kind, id, byType }: { kind: Kind; id: string; byType: ByType }) {
  const can = rights(useStore(session)!.self);
  const found = useLoad((signal) => list({ [kind.member]: id }, 0, 10, signal), [kind, id]);
  const total = found.data?.paging.totalResults ?? 0;
  const all = href(["associations"], { [kind.member]: id });
  return (
    <Card
      title={found.data ? `${count(total)} ${total === 1 ? "link" : "links"}` : "Links"}
      action={
        total > 0 && (
          <a class="more" href={all}>
            See all
          </a>
        )
      }
    >
      <Problem error={found.error} retry={found.reload} />
      {byType && byType.length > 1 && <Bars bars={typeBars(byType)} unit="links" />}
      {!found.data && found.loading && <Loading />}
      {found.data && total > 0 && <LinkTable links={found.data.results} without={kind.member} />}
      {found.data && total === 0 && (
        <Empty
          icon="associations"
          title="Nothing is linked yet"
          action={
            can.manage && (
              <LinkButton href={href(["associations"], { new: 1, [kind.member]: id })} icon="plus">
                Link a resource
              </LinkButton>
            )
          }
        >
          Link a number, sender, domain or chat-app id, and messages from it count for this{" "}
          {kind.name}.
        </Empty>
      )}
    </Card>
  );
}

function Keys({ kind, id }: { kind: Kind; id: string }) {
  const found = useLoad(
    (signal) => body(api.GET("/provisioning/1/api-keys", { params: { query: { size: 50 } }, signal })),
    [],
  );
  const bound = found.data?.results.filter(
    (key) => key.state === "ACTIVE" && key.platform?.some((pair) => pair[kind.member] === id),
  );
  return (
    <Card title="Keys restricted to it">
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={2} />}
      {bound?.length === 0 && (
        <p class="quiet">
          None. <a href={href(["keys"], { new: 1, [kind.member]: id })}>Create a key</a> that sees
          and changes nothing else.
        </p>
      )}
      <ul class="plain">
        {bound?.map((key) => (
          <li key={key.keyId}>
            <a href={href(["keys"], { key: key.keyId })}>
              <Id value={key.name ?? key.start ?? key.keyId} />
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function RenameDialog(props: {
  kind: Kind;
  id: string;
  name: string | null;
  version: string | null;
  onClose: () => void;
  done: () => void;
}) {
  const [name, setName] = useState(props.name ?? "");
  const { busy, error, run } = useAction();
  const save = () =>
    run(async () => {
      await props.kind.rename(props.id, name || null, props.version);
      props.onClose();
      props.done();
    });
  return (
    <Dialog title="Rename" onClose={props.onClose}>
      <Form onSubmit={save}>
        <TextField
          label="Name"
          value={name}
          onInput={setName}
          autofocus
          hint="Leave it empty to remove the name. The id stays."
          problems={problemsOf(error, `${props.kind.name}Name`)}
        />
        <Problem error={error} retry={props.done} />
        <footer>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
