// Form fields with their labels, hints and errors.

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { api, body, ApiError } from "../api";
import { useLoad, useSettled } from "../load";
import { rights, session } from "../session";
import { useStore } from "../store";

export function Field(props: {
  label: string;
  hint?: ComponentChildren;
  problems?: string[];
  children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => JSX.Element;
}) {
  const id = useId();
  const wrong = (props.problems?.length ?? 0) > 0;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": `${id}-hint`, "aria-invalid": wrong })}
      <p id={`${id}-hint`} class={wrong ? "hint wrong" : "hint"}>
        {wrong ? props.problems?.join(", ") : props.hint}
      </p>
    </div>
  );
}

export function TextField(props: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  problems?: string[];
  required?: boolean;
  placeholder?: string;
  autofocus?: boolean;
  type?: "text" | "password" | "date" | "datetime-local";
}) {
  return (
    <Field label={props.label} hint={props.hint} problems={props.problems}>
      {(ids) => (
        <input
          {...ids}
          // The types tell inputs apart by the roles that they may have; none is given here.
          type={(props.type ?? "text") as "text"}
          dir="auto"
          value={props.value}
          required={props.required}
          placeholder={props.placeholder}
          autofocus={props.autofocus}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function SelectField(props: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onInput: (value: string) => void;
  hint?: ComponentChildren;
}) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(ids) => (
        <select
          {...ids}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        >
          {props.options.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const SUGGESTED = 8;

async function suggestions(kind: "application" | "entity", prefix: string, signal: AbortSignal) {
  const query = { prefix, size: SUGGESTED };
  if (kind === "application") {
    const page = await body(api.GET("/provisioning/1/applications", { params: { query }, signal }));
    return page.results.map((found) => found.applicationId);
  }
  const page = await body(api.GET("/provisioning/1/entities", { params: { query }, signal }));
  return page.results.map((found) => found.entityId);
}

/**
 * Picks an application or entity. If the key may read them, it suggests ids that begin with the
 * typed text.
 */
export function Picker(props: {
  kind: "application" | "entity";
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  problems?: string[];
  placeholder?: string;
}) {
  const list = useId();
  const prefix = useSettled(props.value);
  const can = rights(useStore(session)!.self);
  const found = useLoad(
    async (signal) => (can.read ? suggestions(props.kind, prefix, signal) : []),
    [props.kind, prefix, can.read],
  );
  return (
    <Field label={props.label} hint={props.hint} problems={props.problems}>
      {(ids) => (
        <>
          <input
            {...ids}
            list={list}
            dir="auto"
            value={props.value}
            placeholder={props.placeholder}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => props.onInput(event.currentTarget.value)}
          />
          <datalist id={list}>
            {found.data?.map((id) => (
              <option key={id} value={id} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

/** What an error says of one member of a request. */
export function problemsOf(error: unknown, ...members: string[]): string[] | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return members.flatMap((member) => error.problems[member] ?? []);
}

/** A form that submits by Enter and never reloads the page. */
export function Form(props: { onSubmit: () => void; children: ComponentChildren; class?: string }) {
  return (
    <form
      class={props.class ?? "form"}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      {props.children}
    </form>
  );
}
