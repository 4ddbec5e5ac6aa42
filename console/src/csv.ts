// CSV files of associations, applications and entities: what each line says, and what is wrong.

import Papa from "papaparse";
import { ALL_CHANNELS, channelsOf, MEMBERS, RESOURCE_TYPES, type Association } from "./associations";

export type What = "associations" | "applications" | "entities";

export const COLUMNS: Record<What, readonly string[]> = {
  associations: MEMBERS,
  applications: ["applicationId", "applicationName"],
  entities: ["entityId", "entityName"],
};

const OPTIONAL = new Set(["entityId", "applicationName", "entityName"]);
const LONGEST = 255;

export interface Line {
  /** The line of the file, counted from 1. */
  number: number;
  values: Record<string, string>;
  problems: string[];
}

export interface Read {
  lines: Line[];
  /** What is wrong with the file as a whole. */
  problem: string | null;
}

/** Read a CSV text, with or without a line of column names, with commas, semicolons or tabs. */
export function read(text: string, what: What): Read {
  const columns = COLUMNS[what];
  const parsed = Papa.parse<string[]>(text.replace(/^\ufeff/, ""), { skipEmptyLines: "greedy" });
  const [first, ...rest] = parsed.data;
  if (!first) return { lines: [], problem: null };
  const named = first.some((name) => columns.includes(name.trim()));
  const names = named ? first.map((name) => name.trim()) : [...columns];
  const missing = columns.filter((name) => !names.includes(name) && !isOptional(name, what));
  if (missing.length > 0) {
    return { lines: [], problem: `The columns ${missing.join(", ")} are missing.` };
  }
  const rows = named ? rest : parsed.data;
  const seen = new Map<string, number>();
  const lines = rows.map((row, index) => {
    const number = index + (named ? 2 : 1);
    const values = Object.fromEntries(names.map((name, place) => [name, (row[place] ?? "").trim()]));
    const problems = problemsOf(values, what);
    const key = JSON.stringify(columns.map((name) => values[name] ?? ""));
    const before = seen.get(key);
    if (before !== undefined) problems.push(`the same as line ${before}`);
    seen.set(key, before ?? number);
    return { number, values, problems };
  });
  return { lines, problem: null };
}

const isOptional = (name: string, what: What) =>
  OPTIONAL.has(name) && !(name === "entityId" && what === "entities");

function problemsOf(values: Record<string, string>, what: What): string[] {
  const problems: string[] = [];
  for (const name of COLUMNS[what]) {
    const value = values[name] ?? "";
    if (!value && !isOptional(name, what)) problems.push(`${name} must not be blank`);
    if ([...value].length > LONGEST) problems.push(`${name} is longer than ${LONGEST} characters`);
  }
  if (what === "associations") problems.push(...problemsOfPair(values));
  return problems;
}

function problemsOfPair({ resourceType = "", channel = "" }: Record<string, string>): string[] {
  const type = RESOURCE_TYPES.find((name) => name === resourceType);
  if (resourceType && !type) return [`resourceType must be one of ${RESOURCE_TYPES.join(", ")}`];
  if (channel && !ALL_CHANNELS.some((name) => name === channel)) {
    return [`channel must be one of ${ALL_CHANNELS.join(", ")}`];
  }
  if (type && channel && !channelsOf(type).some((name) => name === channel)) {
    return [`${type} is not used on ${channel}`];
  }
  return [];
}

export function association({ values }: Line): Association {
  return { ...values, entityId: values.entityId || null } as Association;
}

export const application = ({ values }: Line) => ({
  applicationId: values.applicationId ?? "",
  applicationName: values.applicationName || null,
});

export const entity = ({ values }: Line) => ({
  entityId: values.entityId ?? "",
  entityName: values.entityName || null,
});

export const write = (rows: Record<string, string>[]): string => Papa.unparse(rows);
