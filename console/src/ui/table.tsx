// Tables that become cards on narrow screens, and pages of long lists.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { count, counted } from "../format";
import { Button } from "./basics";

export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  numeric?: boolean;
}

export function Table<T>(props: {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  stale?: boolean;
}) {
  return (
    <table class="table" aria-busy={props.stale ? "true" : undefined}>
      <caption class="hidden">{props.caption}</caption>
      <thead>
        <tr>
          {props.columns.map((column) => (
            <th key={column.title} scope="col" class={column.numeric ? "numeric" : undefined}>
              {column.title || <span class="hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.keyOf(row)}>
            {props.columns.map((column) => (
              <td
                key={column.title}
                data-label={column.title}
                class={column.numeric ? "numeric" : undefined}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Goes through the pages of a list, one after the other or to any one by its number. */
export function Pager(props: {
  paging: Schemas["Paging"];
  /** What is listed: one of it, and many. */
  noun: [string, string];
  onPage: (page: number) => void;
}) {
  const { page, size, totalPages, totalResults } = props.paging;
  const [wanted, setWanted] = useState(String(page + 1));
  useEffect(() => setWanted(String(page + 1)), [page]);
  if (totalResults === 0) return null;
  const first = page * size + 1;
  const last = Math.min(totalResults, first + size - 1);
  const jump = () => {
    const number = Math.min(totalPages, Math.max(1, Math.trunc(Number(wanted)) || 1));
    setWanted(String(number));
    props.onPage(number - 1);
  };
  return (
    <nav class="pager" aria-label="Pages">
      <span class="pager-range">
        {first > totalResults ? "Past the end of" : `${count(first)}–${count(last)} of`}{" "}
        {counted(totalResults, ...props.noun)}
      </span>
      <Button
        icon="previous"
        aria-label="Previous page"
        disabled={page === 0}
        onClick={() => props.onPage(Math.min(page - 1, totalPages - 1))}
      />
      <label>
        Page{" "}
        <input
          inputMode="numeric"
          aria-label="Page number"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
          onBlur={() => Number(wanted) !== page + 1 && jump()}
          onKeyDown={(event) => event.key === "Enter" && jump()}
        />{" "}
        of {count(totalPages)}
      </label>
      <Button
        icon="next"
        aria-label="Next page"
        disabled={page + 1 >= totalPages}
        onClick={() => props.onPage(page + 1)}
      />
    </nav>
  );
}
