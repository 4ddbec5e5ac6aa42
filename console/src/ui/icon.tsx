// Line icons on a grid of 20 by 20.

const PATHS = {
  overview: "M3 11h6V3H3zM11 17h6V9h-6zM3 17h6v-4H3zM11 7h6V3h-6z",
  applications: "M3 6l7-3 7 3-7 3zM3 10l7 3 7-3M3 14l7 3 7-3",
  entities: "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17a5 5 0 0 1 10 0M13 3.5a3 3 0 0 1 0 5.5M14 12.5a5 5 0 0 1 4 4.5",
  associations: "M8 12l4-4M9 6l1.5-1.5a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.5 1.5a3.5 3.5 0 0 1-5-5L6 9",
  lookup: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17 17",
  senders: "M3 10l14-6-4 13-3-5zM10 12l7-8",
  operations: "M10 3v4l3 2M17 10a7 7 0 1 1-3-5.7M17 3v4h-4",
  audit: "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
  keys: "M7 15a4 4 0 1 1 3.5-6H17v3h-2v2h-3v-2h-1.5A4 4 0 0 1 7 15zM7 11h.01",
  account: "M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4",
  menu: "M3 6h14M3 10h14M3 14h14",
  close: "M5 5l10 10M15 5L5 15",
  next: "M8 5l5 5-5 5",
  previous: "M12 5l-5 5 5 5",
  plus: "M10 4v12M4 10h12",
  trash: "M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11",
  shield: "M10 3l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5z",
  undo: "M7 5L3 9l4 4M3 9h8a5 5 0 0 1 0 10H9",
  check: "M4 10.5l4 4 8-9",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5v.01",
  copy: "M7 7h9v9H7zM4 13V4h9",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4",
  upload: "M10 13V4M6 7l4-4 4 4M4 13v3h12v-3",
  move: "M3 10h13M12 6l4 4-4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
