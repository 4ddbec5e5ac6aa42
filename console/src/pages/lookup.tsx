// Who has a number, sender or domain: now or at another moment, since when, and before.

import { api, ApiError, body, type Schemas } from "../api";
import { list, RESOURCE_TYPES, type Filters, type ResourceType } from "../associations";
import { words } from "../format";
import { useLoad, useSettled } from "../load";
import { href, setParams, useRoute } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Card, Empty, Id, Loading, Page, Problem, Time } from "../ui/basics";
import { SelectField, TextField } from "../ui/form";
import { Icon } from "../ui/icon";

type Owned = Schemas["OwnedResource"];
type OnChannel = Schemas["ResourceOnChannel"];
type Owner = Schemas["Owner"] & Partial<Schemas["EarlierOwner"]>;

export function LookupPage() {
  const { params } = useRoute();
  const typed = params.get("resource") ?? "";
  const resourceId = useSettled(typed.trim(), 350);
  const type = RESOURCE_TYPES.find((name) => name === params.get("type"));
  const at = momentIn(params.get("at") ?? "");
  return (
    <Page
      title="Look-up"
      lead="Type a number, sender name or domain to see who has it on which channel, and who had it before."
    >
      <div class="toolbar">
        <label class="search large" data-search>
          <Icon name="lookup" />
          <input
            type="search"
            dir="auto"
            autofocus
            value={typed}
            aria-label="Number, sender or domain"
            placeholder="447700900123, MyShop, mail.example.com …"
            onInput={(event) => setParams({ resource: event.currentTarget.value })}
          />
        </label>
      </div>
      <div class="filter-grid">
        <SelectField
          label="Type"
          value={type ?? ""}
          onInput={(value) => setParams({ type: value })}
          options={[["", "As it looks"], ...RESOURCE_TYPES.map((name) => [name, words(name)] as const)]}
        />
        <TextField
          label="At"
          type="datetime-local"
          value={at}
          onInput={(value) => setParams({ at: value })}
          hint="Empty: now."
        />
      </div>
      {resourceId ? (
        <Found resourceId={resourceId} type={type} at={at} />
      ) : (
        <Empty icon="lookup" title="Whose is it?">
          Numbers are found in any usual spelling. Senders, domains and chat-app ids are compared as
          they are linked, with upper and lower case.
        </Empty>
      )}
    </Page>
  );
}

/** A moment as its field has it; empty where an address has none that can be read. */
const momentIn = (text: string) => (Number.isNaN(Date.parse(text)) ? "" : text);

/** No request can name these in its path: they mean the folder itself and the one above. */
const isAddressable = (id: string) => id !== "." && id !== "..";

/** The type that a person probably means. */
function typeOf(text: string): ResourceType {
  if (/^\+?[\d\s().-]{3,}$/.test(text)) return "NUMBER";
  return /^\S+\.[a-z]{2,}$/i.test(text) ? "DOMAIN" : "ALPHA";
}

interface Query {
  resourceId: string;
  type: ResourceType | undefined;
  at: string;
}

/** The types of an id are those of its associations; without associations it has one type. */
async function typesOf({ resourceId, type }: Query, signal: AbortSignal): Promise<ResourceType[]> {
  if (type) return [type];
  const { results } = await list({ resourceId }, 0, 100, signal);
  const types = new Set(results.map((link) => link.resourceType));
  return types.size > 0 ? [...types] : [typeOf(resourceId)];
}

/** The resource with its owners and their history; null if nobody has or had it. */
async function owned(
  resourceType: ResourceType,
  { resourceId, at }: Query,
  signal: AbortSignal,
): Promise<Owned | null> {
  const query = at ? { at: new Date(at).toISOString() } : {};
  const params = { path: { resourceType, resourceId }, query };
  const path = "/provisioning/1/resources/{resourceType}/{resourceId}" as const;
  try {
    return await body(api.GET(path, { params, signal }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function withHistory(query: Query, signal: AbortSignal): Promise<Owned[]> {
  const types = await typesOf(query, signal);
  const found = await Promise.all(types.map((type) => owned(type, query, signal)));
  return found.filter((resource) => resource !== null);
}

/** The links of a resource as they are, without their history. */
async function links({ resourceId, type }: Query, signal: AbortSignal): Promise<Owned[]> {
  const filters: Filters = type ? { resourceId, resourceType: type } : { resourceId };
  const { results } = await list(filters, 0, 100, signal);
  return RESOURCE_TYPES.map((resourceType) => {
    const ofType = results.filter((link) => link.resourceType === resourceType);
    const channels = [...new Set(ofType.map((link) => link.channel))].map((channel) => ({
      channel,
      owners: ofType.filter((link) => link.channel === channel),
      earlierOwners: [],
    }));
    return { resourceType, resourceId, channels };
  }).filter((resource) => resource.channels.length > 0);
}

function Found(query: Query) {
  const { resourceId, type, at } = query;
  const can = rights(useStore(session)!.self);
  const load = isAddressable(resourceId) ? withHistory : links;
  const found = useLoad((signal) => load(query, signal), [resourceId, type, at, load]);
  const names = useKeyNames();
  if (!found.data) {
    return found.error ? <Problem error={found.error} retry={found.reload} /> : <Loading lines={4} />;
  }
  if (found.data.length === 0) {
    return (
      <Empty icon="lookup" title={at ? "Nobody had it then" : "Nobody has it"}>
        <Id value={resourceId} />, as {words(type ?? typeOf(resourceId)).toLowerCase()}, is linked to
        nothing that this key may see, and was not before.{" "}
        {can.manage && <a href={href(["associations"], { new: 1, resourceId, resourceType: type })}>Link it</a>}
      </Empty>
    );
  }
  return (
    <>
      {found.data.map((resource) => (
        <Resource key={resource.resourceType} resource={resource} names={names} then={at !== ""} />
      ))}
    </>
  );
}

/** The names of API keys by their ids, for a key that may list them. */
function useKeyNames(): Map<string, string> {
  const can = rights(useStore(session)!.self);
  const found = useLoad(
    async (signal) => {
      if (!can.keys) return new Map<string, string>();
      const query = { size: 50 };
      const { results } = await body(api.GET("/provisioning/1/api-keys", { params: { query }, signal }));
      return new Map(results.flatMap((key) => (key.name ? [[key.keyId, key.name]] : [])));
    },
    [can.keys],
  );
  return found.data ?? new Map();
}

function Resource(props: { resource: Owned; names: Map<string, string>; then: boolean }) {
  const { resourceType, resourceId, channels, otherSpellings } = props.resource;
  const can = rights(useStore(session)!.self);
  return (
    <section aria-label={`${words(resourceType)} ${resourceId}`}>
      <p class="resource-head">
        {words(resourceType)} <Id value={resourceId} whole />
        {can.manage && !can.restricted && (
          <a class="more" href={href(["audit"], { resourceId })}>
            Whole history
          </a>
        )}
      </p>
      {otherSpellings && otherSpellings.length > 0 && (
        <p class="small">
          The same number is also linked as{" "}
          {otherSpellings.map((spelling) => (
            <a key={spelling} href={href(["lookup"], { resource: spelling, type: resourceType })}>
              <Id value={spelling} />{" "}
            </a>
          ))}
        </p>
      )}
      <div class="owners">
        {channels.map((each) => (
          <Channel key={each.channel} on={each} names={props.names} then={props.then} />
        ))}
      </div>
    </section>
  );
}

function Channel({ on, names, then }: { on: OnChannel; names: Map<string, string>; then: boolean }) {
  return (
    <Card title={<span class={`channel ${on.channel.toLowerCase()}`}>{words(on.channel)}</span>}>
      {on.owners.length === 0 && <p class="quiet">{then ? "Nobody had it then." : "Nobody has it now."}</p>}
      {on.owners.map((owner) => (
        <Period key={JSON.stringify(owner)} owner={owner} names={names} />
      ))}
      {on.earlierOwners.length > 0 && (
        <>
          <h3>Earlier owners</h3>
          {on.earlierOwners.map((owner) => (
            <Period key={JSON.stringify(owner)} owner={owner} names={names} />
          ))}
        </>
      )}
    </Card>
  );
}

function Period({ owner, names }: { owner: Owner; names: Map<string, string> }) {
  const key = (id: string) => <Id value={names.get(id) ?? id} />;
  return (
    <div class="owner">
      <dl>
        <dt>Application</dt>
        <dd>
          <a href={href(["applications", owner.applicationId])}>
            <Id value={owner.applicationId} />
          </a>
        </dd>
        <dt>Entity</dt>
        <dd>
          {owner.entityId == null ? (
            <span class="none">None</span>
          ) : (
            <a href={href(["entities", owner.entityId])}>
              <Id value={owner.entityId} />
            </a>
          )}
        </dd>
        {owner.since && (
          <>
            <dt>Since</dt>
            <dd>
              <Time value={owner.since} /> {owner.by && <span class="small">by {key(owner.by)}</span>}
            </dd>
          </>
        )}
        {owner.until && (
          <>
            <dt>Until</dt>
            <dd>
              <Time value={owner.until} />{" "}
              {owner.endedBy && <span class="small">by {key(owner.endedBy)}</span>}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}
