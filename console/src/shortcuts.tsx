// The keyboard: `/` goes to the search field, `g` and a letter to a section, `?` lists them.

import { useEffect, useState } from "preact/hooks";
import { go } from "./router";
import { Dialog } from "./ui/dialog";

const LETTERS: Record<string, string> = {
  o: "overview",
  a: "applications",
  e: "entities",
  s: "associations",
  l: "lookup",
  n: "senders",
  p: "operations",
  u: "audit",
  k: "keys",
  t: "account",
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, dialog *");
}

export function useShortcuts() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    let waiting = false;
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = waiting ? LETTERS[event.key] : undefined;
      waiting = event.key === "g";
      if (place) go([place]);
      if (event.key === "?") setShown(true);
      if (event.key === "/") {
        document.querySelector<HTMLInputElement>("[data-search] input")?.focus();
        event.preventDefault();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return { shown, setShown };
}

export function ShortcutHelp(props: {
  places: { name: string; label: string }[];
  onClose: () => void;
}) {
  const open = Object.entries(LETTERS).flatMap(([letter, name]) =>
    props.places.filter((place) => place.name === name).map((place) => [letter, place.label]),
  );
  return (
    <Dialog title="Keyboard shortcuts" onClose={props.onClose}>
      <dl class="shortcuts">
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>Search on this page</dd>
        {open.map(([letter, label]) => [
          <dt key={letter}>
            <kbd>g</kbd> <kbd>{letter}</kbd>
          </dt>,
          <dd key={label}>{label}</dd>,
        ])}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This list</dd>
      </dl>
    </Dialog>
  );
}
