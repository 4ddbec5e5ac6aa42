// Who has a number, sender or domain: now, since when, and before.

import { api, body } from "../api";
import { ALL_CHANNELS, channelsOf, list, RESOURCE_TYPES, type Association } from "../associations";
import { words } from "../format";
import { useLoad, useSettled } from "../load";
import { href, setParams, useRoute } from "../router";
import { rights, session } from "../session";
import { useStore } from "../store";
import { Card, Empty, Id, Loading, Page, Problem, Time } from "../ui/basics";
import { Icon } from "../ui/icon";
import { LinkLine } from "./link-table";

export function LookupPage() {
  const { params } = useRoute();
  const typed = params.get("resource") ?? "";
  const resourceId = useSettled(typed.trim(), 350);
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
      {resourceId ? (
        <Found resourceId={resourceId} key={resourceId} />
      ) : (
        <Empty icon="lookup" title="Whose is it?">
          The whole id is compared, as it was linked: numbers in international format without “+” or
          spaces, senders and domains with upper and lower case as they are.
        </Empty>
      )}
    </Page>
  );
}

function Found({ resourceId }: { resourceId: string }) {
  const found = useLoad((signal) => list({ resourceId }, 0, 100, signal), [resourceId]);
  const can = rights(useStore(session)!.self);
  if (!found.data) {
    return found.error ? <Problem error={found.error} retry={found.reload} /> : <Loading lines={4} />;
  }
  const { results, paging } = found.data;
  const digits = resourceId.replace(/[\s()+-]/g, "");
  const looksLikeNumber = digits !== resourceId && /^\d{5,15}$/.test(digits);
  if (results.length === 0) {
    return (
      <>
        <Empty icon="lookup" title="Nobody has it now">
          {looksLikeNumber ? (
            <>
              Numbers are linked without “+” and spaces.{" "}
              <a href={href(["lookup"], { resource: digits })}>Look up {digits}</a>
            </>
          ) : (
            <>
              <Id value={resourceId} /> is linked to nothing that this key may see.{" "}
              {can.manage && (
                <a href={href(["associations"], { new: 1, resourceId })}>Link it</a>
              )}
            </>
          )}
        </Empty>
        {can.manage && <Earlier resourceId={resourceId} />}
      </>
    );
  }
  const groups = ALL_CHANNELS.map((channel) => ({
    channel,
    links: results.filter((link) => link.channel === channel),
  })).filter((group) => group.links.length > 0);
  return (
    <>
      <div class="owners">
        {groups.map((group) => (
          <Card key={group.channel} title={<span class={`channel ${group.channel.toLowerCase()}`}>{words(group.channel)}</span>}>
            {group.links.map((link) => (
              <Owner key={JSON.stringify(link)} link={link} since={can.manage} />
            ))}
          </Card>
        ))}
      </div>
      {paging.totalResults > results.length && (
        <p class="small">
          <a href={href(["associations"], { resourceId })}>See all its links</a>
        </p>
      )}
      {can.manage && <Earlier resourceId={resourceId} />}
    </>
  );
}

function Owner({ link, since }: { link: Association; since: boolean }) {
  return (
    <div class="owner">
      <dl>
        <dt>Application</dt>
        <dd>
          <a href={href(["applications", link.applicationId])}>
            <Id value={link.applicationId} />
          </a>
        </dd>
        <dt>Entity</dt>
        <dd>
          {link.entityId == null ? (
            <span class="none">None</span>
          ) : (
            <a href={href(["entities", link.entityId])}>
              <Id value={link.entityId} />
            </a>
          )}
        </dd>
        <dt>Type</dt>
        <dd>{words(link.resourceType)}</dd>
        {since && <Since link={link} />}
      </dl>
    </div>
  );
}

type Resource = Pick<Association, "resourceType" | "channel" | "resourceId">;

function history(link: Resource, signal: AbortSignal) {
  const { resourceType, channel, resourceId } = link;
  const query = { resourceType, channel, resourceId, size: 50 };
  return body(api.GET("/provisioning/1/audit", { params: { query }, signal }));
}

function Since({ link }: { link: Association }) {
  const found = useLoad((signal) => history(link, signal), [JSON.stringify(link)]);
  const made = found.data?.results.find(
    ({ after }) =>
      after != null &&
      after.applicationId === link.applicationId &&
      (after.entityId ?? null) === (link.entityId ?? null),
  );
  if (!made) return null;
  return (
    <>
      <dt>Since</dt>
      <dd>
        <Time value={made.at} />
      </dd>
    </>
  );
}

/** Every change of a resource: it has a history for each pair of type and channel. */
async function histories(resourceId: string, signal: AbortSignal) {
  const pairs = RESOURCE_TYPES.flatMap((resourceType) =>
    channelsOf(resourceType).map((channel) => ({ resourceType, channel })),
  );
  const found = await Promise.all(
    pairs.map((pair) => history({ ...pair, resourceId }, signal)),
  );
  const entries = found.flatMap((page) => page.results);
  return entries.sort((one, other) => other.at.localeCompare(one.at));
}

function Earlier({ resourceId }: { resourceId: string }) {
  const found = useLoad((signal) => histories(resourceId, signal), [resourceId]);
  const left = found.data?.filter((entry) => entry.before != null) ?? [];
  return (
    <Card
      title="Earlier owners"
      action={
        <a class="more" href={href(["audit"], { resourceId })}>
          Whole history
        </a>
      }
    >
      <Problem error={found.error} retry={found.reload} />
      {!found.data && found.loading && <Loading lines={2} />}
      {found.data && left.length === 0 && <p class="quiet">None that is known.</p>}
      <ol class="plain">
        {left.map((entry) => (
          <li key={JSON.stringify([entry.at, entry.before])}>
            <LinkLine link={entry.before!} />{" "}
            <span class="small">
              until <Time value={entry.at} />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
