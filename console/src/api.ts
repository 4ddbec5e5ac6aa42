// The API, typed by its OpenAPI document.

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "../build/api";
import { expire, session } from "./session";

export type Schemas = components["schemas"];

/** An answer that is an error, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
    readonly problems: Record<string, string[]> = {},
    readonly requestId: string | null = null,
  ) {
    super(text);
  }
}

const RETRIES = 3;
const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Fetch; reads that are throttled, or that failed, are made again, as soon as the answer says. */
async function patientFetch(request: Request): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(request.clone());
    const passing = response.status === 429 || response.status >= 500;
    if (!passing || request.method !== "GET" || attempt > RETRIES) return response;
    await wait(Math.min(5, Number(response.headers.get("Retry-After") ?? 1) || 1));
  }
}

const authorize: Middleware = {
  onRequest({ request }) {
    const key = session.get()?.key;
    if (key && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", `App ${key}`);
    }
    return request;
  },
  onResponse({ request, response }) {
    const key = session.get()?.key;
    if (response.status === 401 && request.headers.get("Authorization") === `App ${key}`) expire();
  },
};

/** The API stands beside this page, stage and base path included. */
const base = new URL(".", document.baseURI).href.replace(/\/$/, "");
export const api = createClient<paths>({ baseUrl: base, fetch: patientFetch });
api.use(authorize);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Return the body of an answer, and its headers. */
export async function withHeaders<T>(call: Promise<Answer<T>>): Promise<[T, Headers]> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The API cannot be reached. Check the connection and try again.");
  }
  if (!answer.response.ok) throw toError(answer);
  return [answer.data as T, answer.response.headers];
}

/** Return the body of an answer. */
export async function body<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await withHeaders(call))[0];
}

function toError({ error, response }: Answer<unknown>): ApiError {
  const requestId = response.headers.get("x-amzn-RequestId");
  const newer = error as Schemas["NewerFailure"] | undefined;
  if (newer?.errorCode) {
    const problems: Record<string, string[]> = {};
    for (const { property, violation } of newer.violations) {
      (problems[property] ??= []).push(violation);
    }
    return new ApiError(response.status, newer.description, problems, requestId);
  }
  const failure = error as Schemas["Failure"] | undefined;
  const exception = failure?.requestError?.serviceException;
  return new ApiError(
    response.status,
    exception?.text ?? response.statusText,
    exception?.validationErrors ?? {},
    requestId,
  );
}

/** What a person can do about an error. */
export function advice(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something unexpected happened. Reload the page.";
  switch (error.status) {
    case 0:
      return error.text;
    case 401:
      return "The key is no longer valid. Sign in again; nothing on this page is lost.";
    case 403:
      return "The key that signed in may not do this. Use a key with the right scope.";
    case 404:
      return "It does not exist, or the key may not see it.";
    case 412:
      return "It has changed since it was shown. Look at it again before you go on.";
    case 429:
      return "Too many requests, or a quota is used up. Wait a moment and try again.";
    case 400:
      return "Correct what is marked below.";
    case 409:
      return `${error.text.replace(/\.$/, "")}.`;
    default:
      return "The service failed to answer. Try again in a moment.";
  }
}
