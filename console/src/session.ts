// Who is signed in. The key is kept in the tab's session storage and nowhere else.

import type { Schemas } from "./api";
import { store } from "./store";

const STORED = "console.key";

export interface Session {
  key: string;
  /** What the key is and may do. */
  self: Schemas["ApiKey"];
}

export const session = store<Session | null>(null);
/** Whether the session has ended while a page was open; the page stays as it is behind the sign-in. */
export const ended = store(false);

export function storedKey(): string | null {
  return sessionStorage.getItem(STORED);
}

export function begin(key: string, self: Session["self"]): void {
  sessionStorage.setItem(STORED, key);
  session.set({ key, self });
  ended.set(false);
}

export function end(): void {
  sessionStorage.removeItem(STORED);
  session.set(null);
  ended.set(false);
}

/** The key was refused: ask for another one, and keep what is on the page. */
export function expire(): void {
  sessionStorage.removeItem(STORED);
  if (session.get()) ended.set(true);
}

export interface Rights {
  read: boolean;
  manage: boolean;
  keys: boolean;
  /** Manage sending strategies. */
  sending: boolean;
  /** Restricted to some applications and entities. */
  restricted: boolean;
}

export function rights(self: Session["self"]): Rights {
  const manage = self.scopes.includes("application-entity:manage");
  return {
    read: manage || self.scopes.includes("application-entity:read"),
    manage,
    keys: self.scopes.includes("account-management:manage"),
    sending: self.scopes.includes("sending-strategy:manage"),
    restricted: (self.platform?.length ?? 0) > 0,
  };
}

/** The first application and entity that a restricted key covers; empty where it names none. */
export function ownPair(self: Session["self"]): { applicationId: string; entityId: string } {
  const [pair] = self.platform ?? [];
  return { applicationId: pair?.applicationId ?? "", entityId: pair?.entityId ?? "" };
}

/** Whether the key may change this application or entity: all of it is the key's. */
export function owns(self: Session["self"], kind: "application" | "entity", id: string): boolean {
  if (!rights(self).manage) return false;
  const pairs = self.platform ?? [];
  const [own, other] =
    kind === "application"
      ? (["applicationId", "entityId"] as const)
      : (["entityId", "applicationId"] as const);
  return pairs.length === 0 || pairs.some((pair) => pair[own] === id && pair[other] == null);
}
