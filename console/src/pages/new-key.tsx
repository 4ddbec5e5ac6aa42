// Creating an API key.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { useAction } from "../load";
import { Button, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Picker, problemsOf, TextField } from "../ui/form";
import { Secret } from "./keys";

type Scope = NonNullable<Schemas["CreateApiKey"]["scopes"]>[number];

const SCOPES: [Scope, string, string][] = [
  ["application-entity:read", "Read", "Look at applications, entities and links."],
  ["application-entity:manage", "Read and change", "Everything but keys."],
  ["account-management:manage", "Manage keys", "Create and revoke keys. It cannot be restricted."],
  ["sending-strategy:manage", "Manage sending strategies", "Say by which rules senders are chosen."],
];

interface Pair {
  applicationId: string;
  entityId: string;
}

export function NewKeyDialog(props: {
  applicationId: string;
  entityId: string;
  onClose: () => void;
  done: () => void;
}) {
  const given = props.applicationId || props.entityId;
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["application-entity:read"]);
  const [pairs, setPairs] = useState<Pair[]>(
    given ? [{ applicationId: props.applicationId, entityId: props.entityId }] : [],
  );
  const [until, setUntil] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const toggle = (scope: Scope, on: boolean) =>
    setScopes(on ? [...scopes, scope] : scopes.filter((each) => each !== scope));
  const setPair = (index: number, change: Partial<Pair>) =>
    setPairs(pairs.map((pair, place) => (place === index ? { ...pair, ...change } : pair)));
  const create = () =>
    run(async () => {
      const platform = pairs
        .filter((pair) => pair.applicationId || pair.entityId)
        .map((pair) => ({ applicationId: pair.applicationId || null, entityId: pair.entityId || null, linksAny: false }));
      const expiresAt = until ? new Date(`${until}T23:59:59`).toISOString() : null;
      const made = await body(
        api.POST("/provisioning/1/api-keys", {
          body: { name: name || null, scopes, platform, expiresAt },
        }),
      );
      setSecret(made.apiKey);
      props.done();
    });
  return (
    <Dialog title={secret ? "The new key" : "New key"} onClose={props.onClose}>
      {secret ? (
        <Secret secret={secret} onClose={props.onClose} />
      ) : (
        <Form onSubmit={create}>
          <TextField label="Name" value={name} onInput={setName} autofocus hint="Which program or person uses it." problems={problemsOf(error, "name")} />
          <fieldset class="choices">
            <legend>It may</legend>
            {SCOPES.map(([scope, title, text]) => (
              <label class="choice" key={scope}>
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onInput={(event) => toggle(scope, event.currentTarget.checked)}
                />
                <span>
                  <b>{title}</b>
                  <small>{text}</small>
                </span>
              </label>
            ))}
          </fieldset>
          <fieldset class="choices">
            <legend>Restricted to</legend>
            {pairs.length === 0 && <p class="quiet">Nothing: it sees the whole account.</p>}
            {pairs.map((pair, index) => (
              <div class="pair" key={index}>
                <Picker kind="application" label="Application" value={pair.applicationId} onInput={(applicationId) => setPair(index, { applicationId })} placeholder="Any" />
                <Picker kind="entity" label="Entity" value={pair.entityId} onInput={(entityId) => setPair(index, { entityId })} placeholder="Any" />
                <Button look="quiet" icon="close" aria-label="Remove the restriction" onClick={() => setPairs(pairs.filter((_, place) => place !== index))} />
              </div>
            ))}
            <Button look="quiet" icon="plus" disabled={pairs.length >= 20} onClick={() => setPairs([...pairs, { applicationId: "", entityId: "" }])}>
              Restrict it
            </Button>
          </fieldset>
          <TextField label="Ends after" type="date" value={until} onInput={setUntil} hint="Leave it empty for a key that does not end." problems={problemsOf(error, "expiresAt")} />
          <Problem error={error} />
          <footer>
            <Button onClick={props.onClose}>Cancel</Button>
            <Button type="submit" look="primary" busy={busy} disabled={scopes.length === 0}>
              Create key
            </Button>
          </footer>
        </Form>
      )}
    </Dialog>
  );
}
