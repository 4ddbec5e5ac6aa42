// Reassigning or unlinking all links that meet a filter, after a dry run.

import { useState } from "preact/hooks";
import { api, body } from "../api";
import { described, type Filters } from "../associations";
import { count, counted } from "../format";
import { useAction, useLoad, useSettled } from "../load";
import { go } from "../router";
import { UndoNote } from "../undo";
import { Button, Id, Loading, Notice, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Picker, problemsOf } from "../ui/form";
import { LinkTable } from "./link-table";

type Target = { applicationId?: string; entityId?: string | null };

export function ReassignDialog({ filters, onClose }: { filters: Filters; onClose: () => void }) {
  const [applicationId, setApplicationId] = useState("");
  const [entityId, setEntityId] = useState("");
  const [takesOff, setTakesOff] = useState(false);
  const { busy, error, run } = useAction();
  const target: Target = {};
  if (applicationId.trim()) target.applicationId = applicationId;
  if (takesOff) target.entityId = null;
  else if (entityId.trim()) target.entityId = entityId;
  const settled = useSettled(JSON.stringify(target), 400);
  const given = Object.keys(target).length > 0;
  const path = "/provisioning/1/associations/reassign" as const;
  const rehearsal = useLoad(
    async (signal) => {
      const to = JSON.parse(settled) as Target;
      if (Object.keys(to).length === 0) return null;
      return body(api.POST(path, { body: { filter: filters, target: to, dryRun: true }, signal }));
    },
    [settled, JSON.stringify(filters)],
  );
  const start = () =>
    run(async () => {
      const begun = await body(
        api.POST(path, { body: { filter: filters, target, dryRun: false } }),
      );
      go(["operations", begun.operationId ?? ""]);
    });
  const shown = rehearsal.data;
  const current = settled === JSON.stringify(target) && !rehearsal.loading;
  const problems = (member: string) => problemsOf(rehearsal.error ?? error, `target.${member}`);
  return (
    <Dialog title="Reassign links" onClose={onClose} wide>
      <Form onSubmit={start}>
        <p class="lead">
          All links with: <Id value={described(filters)} whole />
        </p>
        <div class="pair">
          <Picker
            kind="application"
            label="To application"
            value={applicationId}
            onInput={setApplicationId}
            placeholder="Stays as it is"
            problems={problems("applicationId")}
          />
          <div>
            <Picker
              kind="entity"
              label="To entity"
              value={takesOff ? "" : entityId}
              onInput={setEntityId}
              placeholder={takesOff ? "None" : "Stays as it is"}
              problems={problems("entityId")}
            />
            <label class="check">
              <input type="checkbox" checked={takesOff} onInput={(event) => setTakesOff(event.currentTarget.checked)} />{" "}
              Take the entity off
            </label>
          </div>
        </div>
        {!given && <Notice>Choose where they go, and you see here what that would do.</Notice>}
        {given && rehearsal.loading && !shown && <Loading lines={2} />}
        {given && <Problem error={rehearsal.error} />}
        {given && shown && (
          <div class="impact">
            <div class="figures">
              <p>
                <b>{count(shown.total ?? 0)}</b> meet the filter
              </p>
              {shown.moved != null && (
                <p>
                  <b>{count(shown.moved)}</b> would move
                </p>
              )}
              {shown.merged != null && (
                <p>
                  <b>{count(shown.merged)}</b> would merge
                </p>
              )}
            </div>
            {shown.sample && shown.sample.length > 0 && <LinkTable links={shown.sample.slice(0, 3)} />}
          </div>
        )}
        <Problem error={error} />
        <footer>
          <UndoNote before="You can cancel it while it runs, and" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" icon="move" busy={busy} disabled={!given || !current || !shown || shown.moved === 0}>
            {shown?.moved != null ? `Reassign ${counted(shown.moved, "link")}` : "Reassign"}
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}

export function UnlinkDialog({ filters, onClose }: { filters: Filters; onClose: () => void }) {
  const { busy, error, run } = useAction();
  const path = "/provisioning/1/associations/unlink" as const;
  const rehearsal = useLoad(
    (signal) => body(api.POST(path, { body: { filter: filters, dryRun: true }, signal })),
    [JSON.stringify(filters)],
  );
  const start = () =>
    run(async () => {
      const begun = await body(api.POST(path, { body: { filter: filters, dryRun: false } }));
      go(["operations", begun.operationId ?? ""]);
    });
  const total = rehearsal.data?.total ?? 0;
  return (
    <Dialog title="Unlink" onClose={onClose} wide>
      <Form onSubmit={start}>
        <p class="lead">
          All links with: <Id value={described(filters)} whole />
        </p>
        <Problem error={rehearsal.error} retry={rehearsal.reload} />
        {!rehearsal.data && rehearsal.loading && <Loading lines={3} />}
        {rehearsal.data && (
          <div class="impact">
            <div class="figures">
              <p>
                <b>{count(total)}</b> would be removed
              </p>
            </div>
            <LinkTable links={rehearsal.data.sample?.slice(0, 5) ?? []} />
          </div>
        )}
        <Problem error={error} />
        <footer>
          <UndoNote before="You can cancel it while it runs, and" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" icon="trash" busy={busy} disabled={total === 0}>
            Unlink {counted(total, "link")}
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
