// Many changes in a few requests.

import { api, body, type Schemas } from "./api";
import type { Association } from "./associations";

/** Elements in a request: far from the 1,000 and 3.5 MB that one may have, whatever the ids. */
const CHUNK = 250;

export interface Outcome {
  status: number;
  text: string | null;
}

type Given = { status: number; requestError?: Schemas["RequestError"] };

function outcome({ status, requestError }: Given): Outcome {
  const exception = requestError?.serviceException;
  const problems = Object.entries(exception?.validationErrors ?? {});
  const told = problems.map(([member, messages]) => `${member} ${messages.join(", ")}`).join("; ");
  return { status, text: exception ? told || exception.text : null };
}

async function inChunks<T>(
  items: T[],
  send: (chunk: T[]) => Promise<Given[]>,
  progress: (outcomes: Outcome[]) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < items.length; start += CHUNK) {
    outcomes.push(...(await send(items.slice(start, start + CHUNK))).map(outcome));
    progress([...outcomes]);
  }
  return outcomes;
}

type Progress = (outcomes: Outcome[]) => void;

export const link = (links: Association[], progress: Progress) =>
  inChunks(
    links,
    async (chunk) =>
      (await body(api.POST("/provisioning/1/associations/bulk", { body: { link: chunk } }))).results,
    progress,
  );

export const unlink = (links: Association[], progress: Progress) =>
  inChunks(
    links,
    async (chunk) =>
      (await body(api.POST("/provisioning/1/associations/bulk", { body: { unlink: chunk } }))).results,
    progress,
  );

export const createApplications = (items: Schemas["Application"][], progress: Progress) =>
  inChunks(
    items,
    async (chunk) =>
      (await body(api.POST("/provisioning/1/applications/bulk", { body: { create: chunk } }))).results,
    progress,
  );

export const createEntities = (items: Schemas["Entity"][], progress: Progress) =>
  inChunks(
    items,
    async (chunk) =>
      (await body(api.POST("/provisioning/1/entities/bulk", { body: { create: chunk } }))).results,
    progress,
  );

/** Whether the API did it, or it was done before. */
export const succeeded = ({ status }: Outcome) => status < 300;
