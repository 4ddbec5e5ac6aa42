// Associations: what identifies one, and the filters that lists take.

import { CHANNELS } from "../build/channels";
import { api, body, type Schemas } from "./api";
import { words } from "./format";

export type Association = Schemas["Association"];
export type ResourceType = Association["resourceType"];
export type Channel = Association["channel"];

export const RESOURCE_TYPES = Object.keys(CHANNELS) as ResourceType[];
export const ALL_CHANNELS = [...new Set(Object.values(CHANNELS).flat())] as Channel[];

export const channelsOf = (resourceType: ResourceType) => CHANNELS[resourceType] as readonly Channel[];

/** What a person chooses by; `entityId` of null asks for links without entity. */
export interface Filters {
  resourceType?: ResourceType;
  channel?: Channel;
  applicationId?: string;
  entityId?: string | null;
  resourceId?: string;
}

export const MEMBERS = ["resourceType", "channel", "applicationId", "entityId", "resourceId"] as const;

/** Read the filters of a page's address. */
export function filtersOf(params: URLSearchParams): Filters {
  const given = Object.fromEntries(
    MEMBERS.filter((member) => params.get(member)).map((member) => [member, params.get(member)]),
  );
  if (params.get("noEntity")) given.entityId = null;
  return given as Filters;
}

export const isFiltered = (filters: Filters) => Object.keys(filters).length > 0;

export const identity = (link: Association) =>
  JSON.stringify(MEMBERS.map((member) => link[member] ?? null));

export function list(filters: Filters, page: number, size: number, signal?: AbortSignal) {
  const query = { ...filters, page, size };
  // In a query the word `null` stands for no entity.
  if (filters.entityId === null) query.entityId = "null";
  return body(
    api.GET("/provisioning/1/associations", { params: { query: query as never }, signal }),
  );
}

/** The filters in words: "SMS, application shop". */
export function described(filters: Filters): string {
  const parts = [
    filters.resourceType && words(filters.resourceType),
    filters.channel && words(filters.channel),
    filters.applicationId && `application ${filters.applicationId}`,
    filters.entityId === null ? "no entity" : filters.entityId && `entity ${filters.entityId}`,
    filters.resourceId && `resource ${filters.resourceId}`,
  ];
  return parts.filter(Boolean).join(", ") || "all";
}
