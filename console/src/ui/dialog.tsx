// A modal dialog: the browser's own, which keeps the focus inside and closes on Escape.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon";

export function Dialog(props: {
  title: ComponentChildren;
  onClose: () => void;
  wide?: boolean;
  /** Neither Escape nor a close button closes it: the page behind it would be lost. */
  locked?: boolean;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={props.wide ? "dialog wide" : "dialog"}
      aria-labelledby={title}
      onCancel={(event) => props.locked && event.preventDefault()}
      onClose={() => (props.locked ? element.current?.showModal() : props.onClose())}
    >
      <header>
        <h2 id={title}>{props.title}</h2>
        {!props.locked && (
          <button type="button" class="icon-button" aria-label="Close" onClick={props.onClose}>
            <Icon name="close" />
          </button>
        )}
      </header>
      {props.children}
    </dialog>
  );
}
