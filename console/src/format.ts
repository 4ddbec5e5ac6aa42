// Numbers, moments and ids as people read them, in their language and time zone.

const number = new Intl.NumberFormat();
const compactNumber = new Intl.NumberFormat(undefined, {
  notation: "compact",
  maximumFractionDigits: 1,
});
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const count = (value: number): string => number.format(value);
export const compact = (value: number): string => compactNumber.format(value);
export const at = (value: string | Date): string => moment.format(new Date(value));
export const dayOf = (value: Date): string => day.format(value);

/** A count with its noun: "1 link", "2,000 links". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago: "3 minutes ago". */
export function ago(value: string): string {
  const seconds = (new Date(value).getTime() - Date.now()) / 1000;
  const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return relative.format(Math.round(seconds / length), unit);
}

/** A duration: "2 min 10 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Show characters that have no picture of their own, so that two ids never look the same by them. */
export function visible(text: string): string {
  return text
    .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (char) => {
      return `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
    });
}

const WORDS: Record<string, string> = {
  ALPHA: "Sender name",
  APPLE: "Apple",
  APPLE_RESOURCE: "Apple resource",
  CHANGED: "Changed",
  DELETE_APPLICATION: "Delete application",
  DELETE_ENTITY: "Delete entity",
  DOMAIN: "Domain",
  EMAIL: "Email",
  NUMBER: "Number",
  PARENT_GONE: "Target gone",
  RCS_RESOURCE: "RCS resource",
  WHATSAPP: "WhatsApp",
};

/** An enumerated value in words: `DELETE_ENTITY` is "Delete entity"; SMS stays SMS. */
export function words(value: string): string {
  if (WORDS[value]) return WORDS[value];
  if (value.length <= 3) return value;
  return value.charAt(0) + value.slice(1).toLowerCase().replaceAll("_", " ");
}
