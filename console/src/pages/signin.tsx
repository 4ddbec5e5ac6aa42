// Sign in with an API key, which says what the console may do.

import { useState } from "preact/hooks";
import { api, ApiError, body } from "../api";
import { useAction } from "../load";
import { begin } from "../session";
import { Button, Notice, Problem } from "../ui/basics";
import { Form, TextField } from "../ui/form";

function SignInForm() {
  const [key, setKey] = useState("");
  const { busy, error, run } = useAction();
  const submit = () =>
    run(async () => {
      const secret = key.trim().replace(/^app\s+/i, "");
      const headers = { Authorization: `App ${secret}` };
      begin(secret, await body(api.GET("/provisioning/1/current-api-key", { headers })));
    });
  const refused = error instanceof ApiError && error.status === 401;
  return (
    <Form onSubmit={submit}>
      <TextField
        label="API key"
        type="password"
        value={key}
        onInput={setKey}
        autofocus
        problems={refused ? ["This key is not known, has expired or was revoked."] : undefined}
        hint="Kept in this tab until you close it or sign out. It is sent to this host only."
      />
      {!refused && <Problem error={error} />}
      <Button type="submit" look="primary" busy={busy} disabled={!key.trim()}>
        Sign in
      </Button>
    </Form>
  );
}

export function SignIn({ inside }: { inside?: boolean }) {
  if (inside) return <SignInForm />;
  return (
    <main class="signin">
      <div class="signin-card">
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 7.5L12 4l8 3.5-8 3.5zM4 12l8 3.5 8-3.5M4 16.5L12 20l8-3.5" />
        </svg>
        <h1>Application and Entity Management</h1>
        <p class="lead">
          See which numbers, senders and domains belong to which application and entity, and change
          it with a way back.
        </p>
        <SignInForm />
        {["localhost", "127.0.0.1"].includes(location.hostname) && (
          <Notice>
            On the local system the key is <code>local-key</code>.
          </Notice>
        )}
        <p class="small">
          The console does what the key may do. <a href="docs">API reference</a>
        </p>
      </div>
    </main>
  );
}
