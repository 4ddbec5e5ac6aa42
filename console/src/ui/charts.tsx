// Charts: a picture where it tells more quickly than figures, with the figures beside it.

import type { ComponentChildren } from "preact";
import { compact, count } from "../format";

export interface Bar {
  key: string;
  label: ComponentChildren;
  value: number;
  href?: string;
  /** Which of the six colours of categories. */
  colour?: number;
}

/** Bars beside each other's lengths, the longest one as wide as there is room. */
export function Bars({ bars, unit }: { bars: Bar[]; unit: string }) {
  const longest = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <ul class="bars">
      {bars.map((bar) => (
        <li key={bar.key}>
          <span class="bar-label">{bar.href ? <a href={bar.href}>{bar.label}</a> : bar.label}</span>
          <span class="bar-value" title={`${count(bar.value)} ${unit}`}>
            {count(bar.value)}
          </span>
          <span class="bar-track" aria-hidden="true">
            <span
              class={`bar-fill colour-${bar.colour ?? 0}`}
              style={{ width: `${Math.max(0.5, (100 * bar.value) / longest)}%` }}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}

export interface Column {
  label: string;
  value: number;
}

const HEIGHT = 96;

/** Columns by day, for the course of something. */
export function Columns({ columns, label }: { columns: Column[]; label: string }) {
  const highest = Math.max(1, ...columns.map((column) => column.value));
  const width = 100 / Math.max(1, columns.length);
  const summary = columns.map((column) => `${column.label}: ${count(column.value)}`).join(", ");
  return (
    <figure class="columns">
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}. ${summary}`}>
        {columns.map((column, index) => {
          const height = column.value ? Math.max(2, ((HEIGHT - 2) * column.value) / highest) : 1;
          return (
            <rect
              key={column.label}
              class={column.value ? "column" : "column none"}
              x={index * width + width * 0.12}
              y={HEIGHT - height}
              width={width * 0.76}
              height={height}
            >
              <title>{`${column.label}: ${count(column.value)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{columns[0]?.label}</span>
        <span>most: {compact(highest)}</span>
        <span>{columns.at(-1)?.label}</span>
      </figcaption>
    </figure>
  );
}

/** How much of something is used. */
export function Meter(props: { label: string; used: number; allowed?: number | null }) {
  const share = props.allowed ? Math.min(1, props.used / props.allowed) : 0;
  const tone = share >= 0.9 ? "bad" : share >= 0.75 ? "warn" : "good";
  return (
    <div class="meter">
      <span class="meter-label">{props.label}</span>
      <span class="meter-value">
        {count(props.used)}
        {props.allowed ? ` of ${count(props.allowed)}` : " · no limit"}
      </span>
      <span class="bar-track" aria-hidden="true">
        <span class={`bar-fill ${tone}`} style={{ width: `${share * 100}%` }} />
      </span>
    </div>
  );
}

export function Progress(props: { done: number; total: number | null | undefined; label: string }) {
  const share = props.total ? Math.min(1, props.done / props.total) : undefined;
  return (
    <div
      class={share === undefined ? "progress unknown" : "progress"}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
    >
      <span style={share === undefined ? undefined : { width: `${share * 100}%` }} />
    </div>
  );
}
