// Creating and deleting sending strategies.

import { useState } from "preact/hooks";
import { api, body, type Schemas } from "../api";
import { words } from "../format";
import { useAction } from "../load";
import { ownPair, session } from "../session";
import { useStore } from "../store";
import { Button, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Picker, problemsOf, SelectField, TextField } from "../ui/form";
import { For } from "./senders";

type NewStrategy = Schemas["NewSendingStrategy"];
type SenderType = Schemas["Priority"]["senderType"];

const CHANNELS: NonNullable<NewStrategy["channel"]>[] = ["SMS", "MMS", "RCS"];
const TYPES: SenderType[] = ["ALPHANUMERIC", "VIRTUAL_LONG_NUMBER", "SHORT_CODE", "TOLL_FREE_NUMBER"];
const FALLBACKS: [string, string][] = [
  ["", "None: no sender"],
  ["APPLICATION", "The application's own senders"],
  ["DEFAULT", "Those, and then the senders under default"],
];
const RANKS = [1, 2, 3, 4];

type Ranks = Partial<Record<SenderType, number>>;

export function NewStrategyDialog({ onClose, done }: { onClose: () => void; done: () => void }) {
  const own = ownPair(useStore(session)!.self);
  const [applicationId, setApplicationId] = useState(own.applicationId);
  const [entityId, setEntityId] = useState(own.entityId);
  const [channel, setChannel] = useState("");
  const [country, setCountry] = useState("");
  const [sticky, setSticky] = useState(false);
  const [geolocated, setGeolocated] = useState(false);
  const [ranks, setRanks] = useState<Ranks>({});
  const [fallback, setFallback] = useState("");
  const { busy, error, run } = useAction();
  const create = () =>
    run(async () => {
      const priorities = TYPES.flatMap((senderType) => {
        const priority = ranks[senderType];
        return priority === undefined ? [] : [{ senderType, priority }];
      });
      const strategy: NewStrategy = {
        platform: { applicationId: applicationId || null, entityId: entityId || null },
        useStickySender: sticky,
        useGeolocatedSender: geolocated,
        priorities,
        weights: [],
        channel: (channel || null) as NewStrategy["channel"],
        destinationCountryCode: country.trim().toUpperCase() || null,
        fallback: (fallback || null) as NewStrategy["fallback"],
      };
      await body(api.POST("/provisioning/2/sending-strategies", { body: strategy }));
      onClose();
      done();
    });
  return (
    <Dialog title="New sending strategy" onClose={onClose}>
      <Form onSubmit={create}>
        <div class="pair">
          <Picker kind="application" label="Application" value={applicationId} onInput={setApplicationId} placeholder="Any" problems={problemsOf(error, "platform.applicationId")} />
          <Picker kind="entity" label="Entity" value={entityId} onInput={setEntityId} placeholder="Any" problems={problemsOf(error, "platform.entityId")} />
        </div>
        <div class="pair">
          <SelectField
            label="Channel"
            value={channel}
            onInput={setChannel}
            options={[["", "Any"], ...CHANNELS.map((name) => [name, words(name)] as const)]}
          />
          <TextField label="Country" value={country} onInput={setCountry} placeholder="Any" hint="Of the destination, such as US." problems={problemsOf(error, "destinationCountryCode")} />
        </div>
        <Preferences ranks={ranks} set={setRanks} />
        <label class="check">
          <input type="checkbox" checked={geolocated} onInput={(event) => setGeolocated(event.currentTarget.checked)} />{" "}
          Prefer the nearest area code (United States and Canada)
        </label>
        <label class="check">
          <input type="checkbox" checked={sticky} onInput={(event) => setSticky(event.currentTarget.checked)} />{" "}
          A destination keeps its sender
        </label>
        <SelectField label="If nothing is linked to the application and entity" value={fallback} onInput={setFallback} options={FALLBACKS} />
        <Problem error={error} />
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Create strategy
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}

function Preferences({ ranks, set }: { ranks: Ranks; set: (ranks: Ranks) => void }) {
  const options = [["", "Last"], ...RANKS.map((rank) => [String(rank), `Rank ${rank}`] as const)] as const;
  return (
    <fieldset class="choices">
      <legend>Which types come first?</legend>
      <div class="pair">
        {TYPES.map((type) => (
          <SelectField
            key={type}
            label={words(type)}
            value={String(ranks[type] ?? "")}
            onInput={(value) => set({ ...ranks, [type]: value ? Number(value) : undefined })}
            options={options}
          />
        ))}
      </div>
    </fieldset>
  );
}

export function DeleteStrategyDialog(props: {
  strategy: Schemas["SendingStrategy"];
  onClose: () => void;
  done: () => void;
}) {
  const { sendingStrategyId } = props.strategy;
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      const path = "/provisioning/2/sending-strategies/{sendingStrategyId}" as const;
      await body(api.DELETE(path, { params: { path: { sendingStrategyId } } }));
      props.onClose();
      props.done();
    });
  return (
    <Dialog title="Delete the strategy" onClose={props.onClose}>
      <Form onSubmit={remove}>
        <p class="lead">
          <For strategy={props.strategy} />
        </p>
        <p>Its messages are left to the next less specific strategy. This cannot be undone.</p>
        <Problem error={error} />
        <footer>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="danger" icon="trash" busy={busy}>
            Delete
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
