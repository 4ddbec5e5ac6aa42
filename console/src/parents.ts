// Applications and entities as data: what sets the two apart.

import { api, body, withHeaders, type Schemas } from "./api";
import type { IconName } from "./ui/icon";

export interface Parent {
  id: string;
  name: string | null;
  linked: number | null;
}

export type OnLinked = "reset" | "refuse" | "reassign" | "unlink";

export interface DeleteOptions {
  onLinked?: OnLinked;
  targetApplicationId?: string;
  targetEntityId?: string;
}

interface PageOfParents {
  results: Parent[];
  paging: Schemas["Paging"];
}

export interface Kind {
  name: "application" | "entity";
  plural: "applications" | "entities";
  title: string;
  titles: string;
  icon: IconName;
  /** The member of an association that names it. */
  member: "applicationId" | "entityId";
  is: string;
  list(query: ListQuery, signal?: AbortSignal): Promise<PageOfParents>;
  get(id: string, signal?: AbortSignal): Promise<[Parent, string | null]>;
  create(id: string, name: string | null): Promise<unknown>;
  rename(id: string, name: string | null, version: string | null): Promise<unknown>;
  protect(id: string, isProtected: boolean): Promise<unknown>;
  impact(id: string, signal?: AbortSignal): Promise<[Schemas["ParentImpact"], Headers]>;
  /** Delete it, and return the id of the operation. */
  delete(id: string, options: DeleteOptions, fingerprint: string | null): Promise<string>;
}

interface ListQuery {
  page: number;
  size: number;
  prefix: string;
  include?: "counts";
}

const ifMatch = (version: string | null) => (version ? { "if-match": version } : {});
const operationIn = (headers: Headers) => headers.get("Operation-Location")?.split("/").pop() ?? "";

export const APPLICATION: Kind = {
  name: "application",
  plural: "applications",
  title: "Application",
  titles: "Applications",
  icon: "applications",
  member: "applicationId",
  is: "An application is an environment or a use case, such as “shop-production”.",
  async list(query, signal) {
    const page = await body(api.GET("/provisioning/1/applications", { params: { query }, signal }));
    const results = page.results.map((found) => ({
      id: found.applicationId,
      name: found.applicationName ?? null,
      linked: found.linked ?? null,
    }));
    return { results, paging: page.paging };
  },
  async get(applicationId, signal) {
    const path = "/provisioning/1/applications/{applicationId}" as const;
    const call = api.GET(path, { params: { path: { applicationId } }, signal });
    const [found, headers] = await withHeaders(call);
    const name = found.applicationName ?? null;
    return [{ id: found.applicationId, name, linked: null }, headers.get("ETag")];
  },
  create: (applicationId, applicationName) =>
    body(api.POST("/provisioning/1/applications", { body: { applicationId, applicationName } })),
  rename: (applicationId, applicationName, version) =>
    body(
      api.PUT("/provisioning/1/applications/{applicationId}", {
        params: { path: { applicationId }, header: ifMatch(version) },
        body: { applicationName },
      }),
    ),
  protect: (applicationId, isProtected) =>
    body(
      api.PATCH("/provisioning/1/applications/{applicationId}", {
        params: { path: { applicationId } },
        body: { protected: isProtected },
      }),
    ),
  impact: (applicationId, signal) =>
    withHeaders(
      api.GET("/provisioning/1/applications/{applicationId}/impact", {
        params: { path: { applicationId } },
        signal,
      }),
    ),
  async delete(applicationId, query, fingerprint) {
    const [, headers] = await withHeaders(
      api.DELETE("/provisioning/1/applications/{applicationId}", {
        params: { path: { applicationId }, query, header: ifMatch(fingerprint) },
      }),
    );
    return operationIn(headers);
  },
};

export const ENTITY: Kind = {
  name: "entity",
  plural: "entities",
  title: "Entity",
  titles: "Entities",
  icon: "entities",
  member: "entityId",
  is: "An entity is an actor: a customer, a department, a cost centre.",
  async list(query, signal) {
    const page = await body(api.GET("/provisioning/1/entities", { params: { query }, signal }));
    const results = page.results.map((found) => ({
      id: found.entityId,
      name: found.entityName ?? null,
      linked: found.linked ?? null,
    }));
    return { results, paging: page.paging };
  },
  async get(entityId, signal) {
    const path = "/provisioning/1/entities/{entityId}" as const;
    const call = api.GET(path, { params: { path: { entityId } }, signal });
    const [found, headers] = await withHeaders(call);
    const name = found.entityName ?? null;
    return [{ id: found.entityId, name, linked: null }, headers.get("ETag")];
  },
  create: (entityId, entityName) =>
    body(api.POST("/provisioning/1/entities", { body: { entityId, entityName } })),
  rename: (entityId, entityName, version) =>
    body(
      api.PUT("/provisioning/1/entities/{entityId}", {
        params: { path: { entityId }, header: ifMatch(version) },
        body: { entityName },
      }),
    ),
  protect: (entityId, isProtected) =>
    body(
      api.PATCH("/provisioning/1/entities/{entityId}", {
        params: { path: { entityId } },
        body: { protected: isProtected },
      }),
    ),
  impact: (entityId, signal) =>
    withHeaders(
      api.GET("/provisioning/1/entities/{entityId}/impact", {
        params: { path: { entityId } },
        signal,
      }),
    ),
  async delete(entityId, query, fingerprint) {
    const [, headers] = await withHeaders(
      api.DELETE("/provisioning/1/entities/{entityId}", {
        params: { path: { entityId }, query, header: ifMatch(fingerprint) },
      }),
    );
    return operationIn(headers);
  },
};

export const KINDS = { application: APPLICATION, entity: ENTITY };
