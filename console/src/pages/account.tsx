// Limits and settings of the account.

import { useEffect, useState } from "preact/hooks";
import { api, body } from "../api";
import { count } from "../format";
import { useAction, useLoad } from "../load";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Button, Card, Loading, Notice, Page, Problem } from "../ui/basics";
import { Meter } from "../ui/charts";
import { Form, SelectField } from "../ui/form";

export function AccountPage() {
  const can = rights(useStore(session)!.self);
  return (
    <Page title="Limits & settings" lead="What the account may use, and what holds for all its requests.">
      <div class="columns-2">
        <LimitsCard />
        {!can.restricted && <SettingsCard />}
      </div>
    </Page>
  );
}

export function LimitsCard() {
  const found = useLoad((signal) => body(api.GET("/provisioning/1/limits", { signal })), [], 15_000);
  const limits = found.data;
  return (
    <Card title="Limits">
      <Problem error={found.error} retry={found.reload} />
      {!limits && found.loading && <Loading />}
      {limits && (
        <div class="meters">
          <Meter label="Applications" {...limits.applications} />
          <Meter label="Entities" {...limits.entities} />
          <Meter label="Associations" {...limits.associations} />
          {[
            ["Requests, account", limits.requests.account] as const,
            ["Requests, this key", limits.requests.key] as const,
          ].map(
            ([label, rate]) =>
              rate && (
                <div class="meter" key={label}>
                  <span class="meter-label">{label}</span>
                  <span class="meter-value">
                    {count(rate.allowed)} a second, {count(rate.burst)} at once
                  </span>
                </div>
              ),
          )}
        </div>
      )}
    </Card>
  );
}

function SettingsCard() {
  const can = rights(useStore(session)!.self);
  const found = useLoad((signal) => body(api.GET("/provisioning/1/settings", { signal })), []);
  const [onLinked, setOnLinked] = useState("reset");
  const { busy, error, run } = useAction();
  useEffect(() => setOnLinked(found.data?.onLinked ?? "reset"), [found.data]);
  const saved = found.data?.onLinked ?? "reset";
  const save = () =>
    run(async () => {
      await body(
        api.PATCH("/provisioning/1/settings", {
          body: { onLinked: onLinked === "refuse" ? "refuse" : "reset" },
        }),
      );
      found.reload();
    });
  return (
    <Card title="Settings">
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading />}
      {found.data && !can.manage && (
        <Notice>
          Deletes that do not say otherwise {saved === "refuse" ? "are refused while something is linked" : "reset the links"}.
        </Notice>
      )}
      {found.data && can.manage && (
        <Form onSubmit={save}>
          <SelectField
            label="When a request deletes something that has links"
            value={onLinked}
            onInput={setOnLinked}
            options={[
              ["reset", "Reset: the links go to the application default"],
              ["refuse", "Refuse: nothing is deleted while there are links"],
            ]}
            hint="Holds for requests that do not say it themselves. The console always asks."
          />
          <Problem error={error} />
          <footer>
            <Button type="submit" look="primary" busy={busy} disabled={onLinked === saved}>
              Save
            </Button>
          </footer>
        </Form>
      )}
    </Card>
  );
}
