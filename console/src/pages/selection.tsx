// Moving or unlinking the links that were selected one by one.

import { useState } from "preact/hooks";
import { link, succeeded, unlink, type Outcome } from "../bulk";
import type { Association } from "../associations";
import { counted } from "../format";
import { useAction } from "../load";
import { Button, Notice, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Picker } from "../ui/form";
import { LinkLine, LinkTable } from "./link-table";

export type SelectionAction = "move" | "unlink";

interface Failure {
  link: Association;
  outcome: Outcome;
}

const failuresOf = (links: Association[], outcomes: Outcome[]): Failure[] =>
  outcomes.flatMap((outcome, index) =>
    succeeded(outcome) ? [] : [{ link: links[index]!, outcome }],
  );

/** Link where they are to go first, so that none is without owner if the second half fails. */
async function move(links: Association[], target: Partial<Association>): Promise<Failure[]> {
  const targets = links.map((each) => ({ ...each, ...target }));
  const made = await link(targets, () => {});
  const arrived = (outcome: Outcome) => succeeded(outcome) || outcome.status === 409;
  const moved = links.filter((_, index) => arrived(made[index]!));
  const failures = made.flatMap((outcome, index) =>
    arrived(outcome) ? [] : [{ link: links[index]!, outcome }],
  );
  return [...failures, ...failuresOf(moved, await unlink(moved, () => {}))];
}

export function SelectionDialog(props: {
  action: SelectionAction;
  links: Association[];
  onClose: () => void;
  done: () => void;
}) {
  const { action, links } = props;
  const [applicationId, setApplicationId] = useState("");
  const [entityId, setEntityId] = useState("");
  const [failures, setFailures] = useState<Failure[]>([]);
  const { busy, error, run } = useAction();
  const target = {
    ...(applicationId.trim() ? { applicationId } : {}),
    ...(entityId.trim() ? { entityId } : {}),
  };
  const moving = links.filter((each) =>
    Object.entries(target).some(([member, value]) => each[member as keyof Association] !== value),
  );
  const affected = action === "move" ? moving : links;
  const submit = () =>
    run(async () => {
      const failed =
        action === "move"
          ? await move(affected, target)
          : failuresOf(affected, await unlink(affected, () => {}));
      setFailures(failed);
      props.done();
      if (failed.length === 0) props.onClose();
    });
  return (
    <Dialog title={action === "move" ? "Move links" : "Unlink"} onClose={props.onClose} wide>
      <Form onSubmit={submit}>
        {action === "move" && (
          <div class="pair">
            <Picker kind="application" label="To application" value={applicationId} onInput={setApplicationId} placeholder="Stays as it is" />
            <Picker kind="entity" label="To entity" value={entityId} onInput={setEntityId} placeholder="Stays as it is" />
          </div>
        )}
        <LinkTable links={links.slice(0, 5)} />
        {links.length > 5 && <p class="quiet">and {counted(links.length - 5, "more", "more")}</p>}
        <Notice>
          These are single changes: they cannot be undone together. To have that, filter the list and
          use “of these”.
        </Notice>
        <Problem error={error} />
        {failures.length > 0 && (
          <Notice tone="bad">
            <ul>
              {failures.map((failure) => (
                <li key={JSON.stringify(failure.link)}>
                  <LinkLine link={failure.link} />: {failure.outcome.text}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        <footer>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            type="submit"
            look={action === "move" ? "primary" : "danger"}
            busy={busy}
            disabled={affected.length === 0}
          >
            {action === "move" ? "Move" : "Unlink"} {counted(affected.length, "link")}
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
