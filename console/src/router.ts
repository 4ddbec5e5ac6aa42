// Routes live in the fragment (`#/entities/customer%2F42`), so they work under any stage or base
// path, and no server ever sees an id that is only being looked at.

import { useMemo } from "preact/hooks";
import { store, useStore } from "./store";

export interface Route {
  /** The decoded segments of the path. */
  path: string[];
  params: URLSearchParams;
}

type Params = Record<string, string | number | null | undefined>;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function parse(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    params: new URLSearchParams(query),
  };
}

/** The link to a page. Parameters without a value are left out. */
export function href(path: string[], params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

const current = store(location.hash);
addEventListener("hashchange", () => current.set(location.hash));

export function useRoute(): Route {
  const fragment = useStore(current);
  return useMemo(() => parse(fragment), [fragment]);
}

export function go(path: string[], params: Params = {}): void {
  location.hash = href(path, params);
}

/** Change parameters of the present page without a new entry in the history. */
export function setParams(changes: Params): void {
  const { path, params } = parse(location.hash);
  const merged: Params = { ...Object.fromEntries(params), ...changes };
  history.replaceState(null, "", href(path, merged));
  current.set(location.hash);
}
