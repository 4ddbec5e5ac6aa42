// Asks the API which sender a message would leave from, and shows how it was chosen.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { ALL_CHANNELS, type Channel } from "../associations";
import { count, counted, words } from "../format";
import { useAction } from "../load";
import { href } from "../router";
import { ownPair, session } from "../session";
import { useStore } from "../store";
import { Button, Card, Id, IdLink, Notice, Problem } from "../ui/basics";
import { Form, Picker, problemsOf, SelectField, TextField } from "../ui/form";

type Answer = Schemas["ResolvedSenders"];
type Sender = Schemas["SenderMembers"];
type Reason = NonNullable<Answer["reason"]>;
type Rule = Schemas["RuleMembers"]["rule"];

const REASONS: Record<Reason, string> = {
  REQUESTED: "The sender that the message asks for is linked there.",
  STRATEGY: "Chosen by a sending strategy.",
  NO_STRATEGY: "Chosen among all alike: no sending strategy applies.",
  EMPTY_POOL: "No sender of this channel is linked to this application and entity.",
  APPLICATION_NOT_FOUND: "There is no such application.",
  ENTITY_NOT_FOUND: "There is no such entity.",
};

const RULES: Record<Rule, string> = {
  COUNTRY: "of the country of the destination, or of none",
  PRIORITY: "of the preferred type",
  AREA_CODE: "nearest by area code",
};

export function WhichSender() {
  const own = ownPair(useStore(session)!.self);
  const [channel, setChannel] = useState<Channel>("SMS");
  const [to, setTo] = useState("");
  const [applicationId, setApplicationId] = useState(own.applicationId);
  const [entityId, setEntityId] = useState(own.entityId);
  const [from, setFrom] = useState("");
  const [answer, setAnswer] = useState<Answer | null>(null);
  const { busy, error, run } = useAction();
  const ask = () =>
    run(async () => {
      setAnswer(null);
      const question = {
        channel,
        to: to.trim(),
        platform: { applicationId: applicationId || null, entityId: entityId || null },
        from: from || null,
        seed: "",
        count: 3,
        explain: true,
      };
      setAnswer(await body(api.POST("/provisioning/1/senders/resolve", { body: question })));
    });
  return (
    <Card title="Which sender?">
      <Form onSubmit={ask}>
        <div class="filter-grid">
          <SelectField
            label="Channel"
            value={channel}
            onInput={(value) => setChannel(value as Channel)}
            options={ALL_CHANNELS.map((name) => [name, words(name)] as const)}
          />
          <div data-search>
            <TextField label="To" value={to} onInput={setTo} placeholder="+1 212 555 0123" problems={problemsOf(error, "to")} />
          </div>
          <Picker kind="application" label="Application" value={applicationId} onInput={setApplicationId} placeholder="default" problems={problemsOf(error, "platform.applicationId")} />
          <Picker kind="entity" label="Entity" value={entityId} onInput={setEntityId} placeholder="None" problems={problemsOf(error, "platform.entityId")} />
          <TextField label="From" value={from} onInput={setFrom} hint="Optional: the sender that the message asks for." problems={problemsOf(error, "from")} />
          <Button type="submit" look="primary" busy={busy} disabled={!to.trim()}>
            Ask
          </Button>
        </div>
        <Problem error={error} />
      </Form>
      {answer && <Chosen answer={answer} />}
    </Card>
  );
}

const idOf = ({ resourceType, resourceId }: Sender) =>
  href(["lookup"], { resource: resourceId, type: resourceType });

function Chosen({ answer }: { answer: Answer }) {
  const { sender, reason, explanation, alternatives } = answer;
  return (
    <div class="chosen" aria-live="polite">
      {sender ? (
        <p class="chosen-sender">
          <IdLink value={sender.resourceId} href={idOf(sender)} />{" "}
          <span class="quiet">{words(sender.resourceType)}</span>
        </p>
      ) : (
        <Notice tone="warn">No sender.</Notice>
      )}
      <p>
        {reason && REASONS[reason]}{" "}
        {answer.sendingStrategyId && (
          <span class="small">
            Strategy <Id value={answer.sendingStrategyId} />
          </span>
        )}
      </p>
      {alternatives && alternatives.length > 0 && (
        <p class="quiet">
          Next best: <Senders senders={alternatives} total={alternatives.length} />
        </p>
      )}
      {explanation && explanation.poolSize > 0 && (
        <ol class="plain">
          <li>
            {counted(explanation.poolSize, "sender")} linked to{" "}
            <Id value={[explanation.poolOf.applicationId ?? "default", explanation.poolOf.entityId].filter(Boolean).join(" / ")} />
            : <Senders senders={explanation.pool} total={explanation.poolSize} />
          </li>
          {explanation.rules.map((rule) => (
            <li key={rule.rule}>
              {count(rule.total)} {RULES[rule.rule]}: <Senders senders={rule.candidates} total={rule.total} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

const SHOWN = 5;

function Senders({ senders, total }: { senders: Sender[]; total: number }) {
  return (
    <>
      {senders.slice(0, SHOWN).map((sender, index) => (
        <span key={sender.resourceType + sender.resourceId}>
          {index > 0 && ", "}
          <Id value={sender.resourceId} />
        </span>
      ))}
      {total > SHOWN && ` and ${count(total - Math.min(SHOWN, senders.length))} more`}
    </>
  );
}
