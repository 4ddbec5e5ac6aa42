// Deleting an application or entity: what that would do, what is to become of its links, and a
// fingerprint that makes sure that exactly what was shown is done.

import { useState } from "preact/hooks";
import { ApiError } from "../api";
import { count, counted } from "../format";
import { useAction, useLoad } from "../load";
import type { DeleteOptions, Kind, OnLinked } from "../parents";
import { go } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { UndoNote } from "../undo";
import { Badge, Button, Id, Loading, Notice, Problem } from "../ui/basics";
import { Bars } from "../ui/charts";
import { Dialog } from "../ui/dialog";
import { Form, Picker, problemsOf } from "../ui/form";
import { LinkTable } from "./link-table";
import { typeBars } from "./overview";

const CHOICES: { value: OnLinked; title: string; text: string; open?: boolean }[] = [
  { value: "reset", title: "Reset", text: "They go to the application default, without entity." },
  { value: "reassign", title: "Reassign", text: "They go to another application or entity.", open: true },
  { value: "unlink", title: "Unlink", text: "They are removed. The resources themselves stay." },
  { value: "refuse", title: "Refuse", text: "Delete only if nothing is linked by then." },
];

export function DeleteDialog(props: { kind: Kind; id: string; onClose: () => void }) {
  const { kind, id } = props;
  const impact = useLoad((signal) => kind.impact(id, signal), [kind, id]);
  const [choice, setChoice] = useState<OnLinked>("reset");
  const [target, setTarget] = useState("");
  const { busy, error, run, clear } = useAction();
  const restricted = rights(useStore(session)!.self).restricted;
  const stale = error instanceof ApiError && error.status === 412;
  const review = () => {
    clear();
    impact.reload();
  };
  const remove = () =>
    run(async () => {
      const fingerprint = impact.data?.[1].get("ETag") ?? null;
      const operation = await kind.delete(id, options(kind, choice, target), fingerprint);
      go(["operations", operation]);
    });
  const shown = impact.data?.[0];
  const ready = shown && !shown.protected && !(choice === "reassign" && !target.trim());
  return (
    <Dialog title={`Delete ${kind.name}`} onClose={props.onClose} wide>
      <Form onSubmit={remove}>
        <p class="lead">
          <Id value={id} whole />
        </p>
        <Problem error={impact.error} retry={impact.reload} />
        {!shown && impact.loading && <Loading lines={4} />}
        {shown?.protected && (
          <Notice tone="warn">It is protected. Lift the protection first, then delete it.</Notice>
        )}
        {shown && <Impact impact={shown} />}
        {shown && !shown.protected && shown.linked > 0 && (
          <fieldset class="choices">
            <legend>What becomes of the links?</legend>
            {CHOICES.filter((each) => !(restricted && each.open)).map((each) => (
              <label key={each.value} class="choice">
                <input
                  type="radio"
                  name="onLinked"
                  value={each.value}
                  checked={choice === each.value}
                  onInput={() => setChoice(each.value)}
                />
                <span>
                  <b>{each.title}</b>
                  <small>{each.text}</small>
                </span>
              </label>
            ))}
          </fieldset>
        )}
        {choice === "reassign" && (
          <Picker
            kind={kind.name}
            label={`Target ${kind.name}`}
            value={target}
            onInput={setTarget}
            hint="Begin to type to see what exists."
            problems={problemsOf(error, "targetApplicationId", "targetEntityId")}
          />
        )}
        {stale ? (
          <Notice tone="warn">
            What is linked has changed since it was shown.{" "}
            <Button onClick={review}>Show it again</Button>
          </Notice>
        ) : (
          <Problem error={error} />
        )}
        <footer>
          <UndoNote />
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="danger" icon="trash" busy={busy} disabled={!ready || stale}>
            {shown ? `Delete, ${counted(shown.linked, "link")}` : "Delete"}
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}

function options(kind: Kind, onLinked: OnLinked, target: string): DeleteOptions {
  if (onLinked !== "reassign") return { onLinked };
  return kind.name === "application"
    ? { onLinked, targetApplicationId: target }
    : { onLinked, targetEntityId: target };
}

type Shown = Awaited<ReturnType<Kind["impact"]>>[0];

function Impact({ impact }: { impact: Shown }) {
  if (impact.linked === 0) {
    return <Notice tone="good">Nothing is linked to it. Deleting it changes nothing else.</Notice>;
  }
  return (
    <div class="impact">
      <div class="figures">
        <p>
          <b>{count(impact.linked)}</b> {impact.linked === 1 ? "link" : "links"} affected
        </p>
        {impact.merged != null && (
          <p>
            <b>{count(impact.merged)}</b> would merge under <code>default</code> if reset
          </p>
        )}
      </div>
      {impact.byType && <Bars bars={typeBars(impact.byType)} unit="links" />}
      <details open={impact.sample.length <= 3}>
        <summary>
          The first {impact.sample.length} <Badge>sample</Badge>
        </summary>
        <LinkTable links={impact.sample} />
      </details>
    </div>
  );
}
