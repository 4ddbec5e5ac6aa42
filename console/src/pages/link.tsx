// Linking one resource.

import { useState } from "preact/hooks";
import { api, body } from "../api";
import { channelsOf, RESOURCE_TYPES, type Channel, type Filters, type ResourceType } from "../associations";
import { words } from "../format";
import { useAction } from "../load";
import { ownPair, session } from "../session";
import { useStore } from "../store";
import { Button, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Picker, problemsOf, SelectField, TextField } from "../ui/form";

const HINTS: Record<ResourceType, string> = {
  NUMBER: "A number in international format without “+”, or a short code.",
  DOMAIN: "A domain that sends email, such as mail.example.com.",
  ALPHA: "A sender name, such as MyShop.",
  RCS_RESOURCE: "The id of an RCS agent.",
  APPLE_RESOURCE: "The id of an Apple Messages for Business account.",
};

export function LinkDialog(props: { given: Filters; onClose: () => void; done: () => void }) {
  const { given } = props;
  const [type, setType] = useState<ResourceType>(given.resourceType ?? "NUMBER");
  const [channel, setChannel] = useState<Channel>(given.channel ?? channelsOf(type)[0]!);
  const [resourceId, setResourceId] = useState(given.resourceId ?? "");
  const own = ownPair(useStore(session)!.self);
  const [applicationId, setApplicationId] = useState(given.applicationId ?? (own.applicationId || "default"));
  const [entityId, setEntityId] = useState(given.entityId ?? own.entityId);
  const { busy, error, run } = useAction();
  const chooseType = (value: string) => {
    const chosen = value as ResourceType;
    setType(chosen);
    if (!channelsOf(chosen).includes(channel)) setChannel(channelsOf(chosen)[0]!);
  };
  const link = () =>
    run(async () => {
      await body(
        api.POST("/provisioning/1/associations", {
          body: { resourceType: type, channel, resourceId, applicationId, entityId: entityId || null },
        }),
      );
      props.onClose();
      props.done();
    });
  return (
    <Dialog title="Link a resource" onClose={props.onClose}>
      <Form onSubmit={link}>
        <div class="pair">
          <SelectField
            label="Type"
            value={type}
            onInput={chooseType}
            options={RESOURCE_TYPES.map((each) => [each, words(each)] as const)}
          />
          <SelectField
            label="Channel"
            value={channel}
            onInput={(value) => setChannel(value as Channel)}
            options={channelsOf(type).map((each) => [each, words(each)] as const)}
          />
        </div>
        <TextField
          label="Resource"
          value={resourceId}
          onInput={setResourceId}
          autofocus
          hint={HINTS[type]}
          problems={problemsOf(error, "resourceId")}
        />
        <Picker
          kind="application"
          label="Application"
          value={applicationId}
          onInput={setApplicationId}
          problems={problemsOf(error, "applicationId")}
        />
        <Picker
          kind="entity"
          label="Entity"
          value={entityId}
          onInput={setEntityId}
          hint="Optional."
          problems={problemsOf(error, "entityId")}
        />
        <Problem error={error} />
        <footer>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy} disabled={!resourceId.trim() || !applicationId.trim()}>
            Link
          </Button>
        </footer>
      </Form>
    </Dialog>
  );
}
